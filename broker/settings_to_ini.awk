# The table of settings that --help prints, as a settings file in which every
# setting stands with its meaning, values and default, commented out.
#
#   | `[chat]` | `default_rooms` | room names | `lobby` | rooms of a new ... |

BEGIN {
    FS = " *\\| *"
    print "; Settings of ajaxchatd and ajaxchat.fcgi. All of them have the"
    print "; default shown. Files conf.d/*.conf beside this one are read after"
    print "; it and win."
}

/^\| `\[/ {
    gsub(/`/, "")
    if ($2 != section) {
        section = $2
        print "\n" section
    }
    printf "\n; %s (%s)\n;%s = %s\n", $6, $4, $3, $5
}
