#!/bin/bash
#
# Runs one instance of ajaxchat: broker, front ends and nginx.
#
#   nginx/run.sh run      in the foreground, until Ctrl-C or SIGTERM
#   nginx/run.sh start    starts what is not running; returns when it is ready
#   nginx/run.sh stop     returns when all of it is gone
#
# An instance is a folder, RUN_DIR: pid files, logs, sockets, database and
# generated configuration are in it, and nothing is written outside. Several
# run side by side. `make run|start|stop` calls this; see `make help`.
#
# From the environment:
#   RUN_DIR         the instance's folder (run)
#   PORT            where nginx listens (8080)
#   LISTEN          and on which address (127.0.0.1, and ::1 if there is one)
#   FCGI_PROCESSES  how many front ends (1)
#   NGINX_WORKERS   how many processes nginx has (as many as processors); with
#                   a number, the kernel shares the connections evenly
#   FRAME_ANCESTORS whose pages may have the chat in a frame ('self'); as in
#                   ajaxchat-upstream.conf
#   CONF            a file with settings on top of the generated ones ("")
#   BUILD           where the programs are (build)
#
# A part of the instance is known by its pid file, and a pid file is believed
# only if that process has RUN_DIR as its working folder and is the right
# program: so a stale file, or one whose number another process has by now,
# does no harm. What such files do not name, the workers of an nginx that was
# killed for example, is found by the working folder alone.
set -u

source_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
run_dir=$(realpath -m -- "${RUN_DIR:-run}")
build_dir=$(realpath -m -- "${BUILD:-build}")
port=${PORT:-8080}
listen=${LISTEN:-}
front_count=${FCGI_PROCESSES:-1}
worker_count=${NGINX_WORKERS:-auto}
extra_conf=${CONF:-}
frame_ancestors=${FRAME_ANCESTORS:-"'self'"}
nginx=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v nginx)

READY_SECONDS=30
STOP_SECONDS=10

say() { echo "ajaxchat: $*"; }
complain() { echo "ajaxchat: $*" >&2; }
die() { complain "$@"; exit 1; }

# ---- what was asked for ----

# is_number_within LEAST NUMBER MOST
is_number_within() {
    [[ $2 =~ ^[1-9][0-9]{0,4}$ ]] && (($2 >= $1 && $2 <= $3))
}

check_request() {
    is_number_within 1 "$port" 65535 ||
        die "PORT=$port is not a port (1-65535)"
    is_number_within 1 "$front_count" 32 ||
        die "FCGI_PROCESSES=$front_count is not a number from 1 to 32"
    [[ $worker_count == auto ]] || is_number_within 1 "$worker_count" 64 ||
        die "NGINX_WORKERS=$worker_count is not a number from 1 to 64"
    [[ -z $extra_conf || -r $extra_conf ]] ||
        die "CONF=$extra_conf cannot be read"
    [[ -x $build_dir/ajaxchatd && -x $build_dir/ajaxchat.fcgi ]] ||
        die "the programs are not in $build_dir: run make"
    [[ -n $nginx ]] || die "nginx is not installed"
    # These go into configuration files, where they would mean something.
    [[ $run_dir$source_dir != *[\"\$\\\|\&\;\#\'[:cntrl:]]* ]] ||
        die "quotes and any of \$ \\ | & ; # in a path are not supported"
    [[ $frame_ancestors != *[!A-Za-z0-9\':/.*_\ -]* ]] ||
        die "FRAME_ANCESTORS=$frame_ancestors is not a list of origins"
    # sockaddr_un holds 107 bytes.
    ((${#run_dir} <= 90)) ||
        die "RUN_DIR=$run_dir is too long for a socket in it (90 characters)"
}

part_names() {
    echo broker
    front_names
    echo nginx
}

front_names() {
    if ((front_count == 1)); then
        echo fcgi
    else
        seq -f 'fcgi-%g' 1 "$front_count"
    fi
}

# ---- processes ----

# program_of PID: the name of its executable, also if that was rebuilt since.
program_of() {
    local exe
    exe=$(readlink "/proc/$1/exe") || return 1
    exe=${exe% (deleted)}
    echo "${exe##*/}"
}

# part_is PART PID: whether that process is this instance's PART.
part_is() {
    [[ /proc/$2/cwd -ef $run_dir ]] || return 1
    case $1 in
    broker) [[ $(program_of "$2") == ajaxchatd ]] ;;
    nginx) [[ $(program_of "$2") == "${nginx##*/}" ]] ;;
    *) tr '\0' '\n' <"/proc/$2/cmdline" 2>/dev/null |
        grep -Fqx "front.socket=$run_dir/$1.sock" ;;
    esac
}

# pid_of PART: prints its process id, or fails if it does not run.
pid_of() {
    local pid
    [[ -r $run_dir/$1.pid ]] && read -r pid <"$run_dir/$1.pid" || return 1
    [[ $pid =~ ^[0-9]+$ ]] && part_is "$1" "$pid" && echo "$pid"
}

# instance_pids PROGRAM...: all processes of this instance that run one of
# these, whether or not a pid file names them.
instance_pids() {
    local proc program
    for proc in /proc/[0-9]*; do
        [[ $proc/cwd -ef $run_dir ]] || continue
        program=$(program_of "${proc#/proc/}") || continue
        [[ " $* " == *" $program "* ]] && echo "${proc#/proc/}"
    done
    return 0
}

# wait_gone SECONDS PID...: fails if one is still there after that time.
wait_gone() {
    local rounds=$(($1 * 20)) pid alive
    shift
    while :; do
        alive=
        for pid; do
            # A process that ended but was not waited for has no cwd.
            [[ -e /proc/$pid/cwd ]] && alive=yes
        done
        [[ -n $alive ]] || return 0
        ((rounds-- > 0)) || return 1
        sleep 0.05
    done
}

# end_pids SIGNAL SECONDS PID...: asks them to end; those that have not after
# that time are killed.
end_pids() {
    local signal=$1 seconds=$2 pid
    shift 2
    (($# > 0)) || return 0
    kill -s "$signal" "$@" 2>/dev/null
    wait_gone "$seconds" "$@" && return 0
    for pid; do
        [[ ! -e /proc/$pid/cwd ]] ||
            complain "killing $(program_of "$pid") [$pid], which did not end" \
                "within $seconds s of SIG$signal"
    done
    kill -s KILL "$@" 2>/dev/null
    wait_gone 5 "$@"
}

# ---- configuration ----

# port_is_taken PORT: whether anything listens on it, on any address.
port_is_taken() {
    local hex
    printf -v hex '%04X' "$1"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        grep -Eq "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F]+:[0-9A-F]+ 0A "
}

# The broker's port, between the system's own and the ones it gives to
# outgoing connections; kept in RUN_DIR as long as nobody else takes it.
choose_broker_port() {
    local chosen=
    [[ -r $run_dir/broker.port ]] && read -r chosen <"$run_dir/broker.port"
    if [[ $chosen =~ ^[0-9]+$ ]]; then
        pid_of broker >/dev/null && return 0
        port_is_taken "$chosen" || return 0
    fi
    for _ in {1..100}; do
        chosen=$((20000 + RANDOM % 12000))
        port_is_taken "$chosen" && continue
        echo "$chosen" >"$run_dir/broker.port"
        return 0
    done
    die "found no free port for the broker"
}

# replace_file FILE: puts standard input there; fails if that changes nothing.
replace_file() {
    cat >"$1.new"
    if cmp -s "$1.new" "$1"; then
        rm -f "$1.new"
        return 1
    fi
    mv "$1.new" "$1"
}

print_settings() {
    cat <<END
; Made by nginx/run.sh at each start; put your own settings into a file and
; name it with CONF=FILE.
[broker]
listen = tcp://127.0.0.1:$(<"$run_dir/broker.port")
secret_file = $run_dir/secret
[store]
database = $run_dir/ajaxchat.db
END
}

# Without sndbuf the kernel buffers up to 4 MiB for a stream whose reader is
# too slow, before nginx and the front end notice. By itself it also wakes the
# same idle worker again and again, which then has most of the parked polls;
# reuseport gives each worker a queue of its own.
print_listen() {
    local options='backlog=4096 sndbuf=128k'
    [[ $worker_count == auto ]] || options+=' reuseport'
    if [[ -n $listen ]]; then
        echo "        listen $listen:$port $options;"
        return
    fi
    echo "        listen 127.0.0.1:$port $options;"
    grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null &&
        echo "        listen [::1]:$port $options;"
}

print_upstream() {
    local name
    while IFS= read -r line; do
        case $line in
        *"server unix:"*)
            for name in $(front_names); do
                echo "    server \"unix:$run_dir/$name.sock\"" \
                    "max_fails=1 fail_timeout=1s;"
            done
            ;;
        *"default \"'self'\";") echo "    default \"$frame_ancestors\";" ;;
        *) echo "$line" ;;
        esac
    done <"$source_dir/nginx/ajaxchat-upstream.conf"
}

print_locations() {
    sed "s|alias [^;]*;|alias \"$source_dir/nginx/html/\";|" \
        "$source_dir/nginx/ajaxchat-locations.conf"
}

print_nginx_conf() {
    local descriptors user='# Not root: the workers are of the same user.'
    descriptors=$(ulimit -Hn)
    # Each connection has its memory from the start: more than this is waste.
    if [[ $descriptors == unlimited ]] || ((descriptors > 65536)); then
        descriptors=65536
    fi
    # A checkout below /root is readable for nobody else, so root's own nginx
    # for trying things out stays root. An installed one uses www-data.
    ((EUID == 0)) && user='user root;'
    LISTEN_LINES=$(print_listen) awk -v user="$user" -v run_dir="$run_dir" \
        -v descriptors="$descriptors" -v workers="$worker_count" \
        -v connections="$((descriptors - 64))" '
        $0 == "@LISTEN@" { print ENVIRON["LISTEN_LINES"]; next }
        {
            gsub(/@USER@/, user)
            gsub(/@RUN_DIR@/, run_dir)
            gsub(/@WORKERS@/, workers)
            gsub(/@DESCRIPTORS@/, descriptors)
            gsub(/@CONNECTIONS@/, connections)
            print
        }' "$source_dir/nginx/nginx.conf.template"
}

# Writes what nginx reads. Sets nginx_changed if it differs from what was.
write_nginx_conf() {
    local errors=$source_dir/nginx/ajaxchat-errors.conf
    nginx_changed=
    print_nginx_conf | replace_file "$run_dir/nginx.conf" &&
        nginx_changed=yes
    print_upstream | replace_file "$run_dir/ajaxchat-upstream.conf" &&
        nginx_changed=yes
    print_locations | replace_file "$run_dir/ajaxchat-locations.conf" &&
        nginx_changed=yes
    replace_file "$run_dir/ajaxchat-errors.conf" <"$errors" &&
        nginx_changed=yes
    return 0
}

# Writes what the programs read. Sets settings_changed if it differs. An
# instance of which something runs keeps its extra settings unless CONF names
# others.
write_settings() {
    local extra=$run_dir/conf.d/extra.conf
    settings_changed=
    print_settings | replace_file "$run_dir/ajaxchat.conf" &&
        settings_changed=yes
    if [[ -n $extra_conf ]]; then
        replace_file "$extra" <"$extra_conf" && settings_changed=yes
    elif [[ -s $extra && -z $(instance_pids ajaxchatd ajaxchat.fcgi) ]]; then
        rm -f "$extra"
    fi
    "$build_dir/ajaxchatd" --config "$run_dir/ajaxchat.conf" --check-config \
        >"$run_dir/check.log" 2>&1 && return 0
    cat "$run_dir/check.log" >&2
    die "the settings have faults, see above"
}

# ---- starting ----

# spawn PART COMMAND...: in a session of its own, so that the terminal's
# Ctrl-C reaches this script alone and the order of ending is ours.
spawn() {
    local name=$1 log=$run_dir/$1.log
    shift
    [[ $name == nginx ]] && log=$run_dir/error.log
    (
        cd "$run_dir" || exit 1
        ulimit -n "$(ulimit -Hn)"
        exec setsid "$@" >>"$log" 2>&1 </dev/null 9>&-
    ) &
    local pid=$!
    echo "$pid" >"$run_dir/$name.pid"
    children+=("$pid")
    started+=("$name")
    # Until it has become that program, or has failed to.
    while [[ -e /proc/$pid/cwd ]] && ! part_is "$name" "$pid"; do
        sleep 0.01
    done
}

# Until the front ends have their sockets, or have ended: nginx, asked whether
# all is ready, would find none and complain.
wait_sockets() {
    local name deadline=$((SECONDS + READY_SECONDS))
    for name in $(front_names); do
        while [[ ! -S $run_dir/$name.sock && -z $stopping ]] &&
            pid_of "$name" >/dev/null && ((SECONDS < deadline)); do
            sleep 0.01
        done
    done
}

spawn_part() {
    case $1 in
    broker)
        spawn broker "$build_dir/ajaxchatd" --config "$run_dir/ajaxchat.conf"
        ;;
    nginx)
        ! port_is_taken "$port" ||
            die "port $port is in use by another program; choose one with PORT="
        wait_sockets
        spawn nginx "$nginx" -p "$run_dir/" -e "$run_dir/error.log" \
            -c "$run_dir/nginx.conf" -g 'daemon off;'
        ;;
    *)
        spawn "$1" "$build_dir/ajaxchat.fcgi" \
            --config "$run_dir/ajaxchat.conf" \
            --set "front.socket=$run_dir/$1.sock"
        ;;
    esac
}

# Ends processes of this instance that are no part of what was asked for, and
# removes the pid files of front ends that are not.
end_strays() {
    local name file pid wanted=" " strays=()
    for name in $(part_names); do
        wanted+="$(pid_of "$name") "
    done
    if pid_of nginx >/dev/null; then
        # Its workers.
        for pid in $(instance_pids "${nginx##*/}"); do
            wanted+="$pid "
        done
    fi
    for pid in $(instance_pids ajaxchatd ajaxchat.fcgi "${nginx##*/}"); do
        [[ $wanted == *" $pid "* ]] || strays+=("$pid")
    done
    end_pids TERM "$STOP_SECONDS" ${strays[@]+"${strays[@]}"}
    for file in "$run_dir"/fcgi*.pid; do
        name=${file##*/}
        front_names | grep -Fqx "${name%.pid}" || rm -f "$file"
    done
}

# Ends parts that run with another configuration than was asked for.
end_outdated() {
    local name
    for name in $(part_names); do
        pid_of "$name" >/dev/null || continue
        case $name in
        nginx) [[ -n $nginx_changed ]] || continue ;;
        *) [[ -n $settings_changed ]] || continue ;;
        esac
        say "$name gets new settings"
        end_pids TERM "$STOP_SECONDS" "$(pid_of "$name")"
    done
}

start_parts() {
    local name
    mkdir -p "$run_dir/conf.d" "$run_dir/tmp" || exit 1
    choose_broker_port
    write_settings
    write_nginx_conf
    end_outdated
    end_strays
    for name in $(part_names); do
        pid_of "$name" >/dev/null || spawn_part "$name"
    done
}

# Through nginx, which gives each of these requests to some front end: asked
# so often that all of them have very likely said yes.
all_ready() {
    local asks=$((front_count == 1 ? 1 : 8 * front_count))
    while ((asks-- > 0)); do
        is_ready || return 1
    done
}

is_ready() {
    (
        exec 8<>"/dev/tcp/${listen:-127.0.0.1}/$port" || exit 1
        printf 'GET /chat/v1/readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&8
        read -r -t 6 _ status _ <&8 && [[ $status == 200 ]]
    ) 2>/dev/null
}

# 0: ready. 1: not in time, or a part has ended.
wait_ready() {
    local name deadline=$((SECONDS + READY_SECONDS))
    while ((SECONDS < deadline)); do
        [[ -z $stopping ]] || return 1
        for name in $(part_names); do
            pid_of "$name" >/dev/null || return 1
        done
        all_ready && return 0
        sleep 0.05
    done
    return 1
}

# Starts all that is missing and waits until it is ready. If the broker lost
# its port to somebody between our look and its start, once more with another.
bring_up() {
    for _ in 1 2 3; do
        start_parts
        wait_ready && return 0
        [[ -z $stopping ]] || return 1
        lost_broker_port || break
        say "port $(<"$run_dir/broker.port") was taken by another program"
    done
    show_failure
    return 1
}

lost_broker_port() {
    ! pid_of broker >/dev/null &&
        port_is_taken "$(<"$run_dir/broker.port")"
}

show_failure() {
    local name log
    for name in $(part_names); do
        pid_of "$name" >/dev/null || complain "$name does not run"
        log=$run_dir/$name.log
        [[ $name == nginx ]] && log=$run_dir/error.log
        [[ -s $log ]] || continue
        echo "---- the end of $log:" >&2
        tail -n 15 "$log" >&2
    done
    complain "/chat/v1/readyz on port $port did not answer 200"
}

# ---- stopping ----

# nginx first takes no new requests; then the front ends answer what is
# parked, upon which nginx has nothing left to wait for; then the broker.
stop_all() {
    local nginx_pid
    nginx_pid=$(pid_of nginx) && kill -s QUIT "$nginx_pid" 2>/dev/null
    # shellcheck disable=SC2046 # several numbers are meant to be split
    end_pids TERM "$STOP_SECONDS" $(instance_pids ajaxchat.fcgi)
    [[ -z $nginx_pid ]] || wait_gone 3 "$nginx_pid"
    # shellcheck disable=SC2046
    end_pids TERM 5 $(instance_pids "${nginx##*/}")
    # shellcheck disable=SC2046
    end_pids TERM "$STOP_SECONDS" $(instance_pids ajaxchatd)
    rm -f "$run_dir"/broker.pid "$run_dir"/nginx.pid \
        "$run_dir"/fcgi.pid "$run_dir"/fcgi-*.pid
}

# Ends what this call started, after it failed.
undo_start() {
    local name
    for name in ${started[@]+"${started[@]}"}; do
        # shellcheck disable=SC2046
        end_pids TERM "$STOP_SECONDS" $(pid_of "$name")
        rm -f "$run_dir/$name.pid"
    done
}

# ---- the three commands ----

# One at a time on one instance.
take_lock() {
    mkdir -p "$run_dir" || exit 1
    exec 9>"$run_dir/lock"
    flock -w 60 9 || die "another run.sh is busy with $run_dir"
}

command_start() {
    check_request
    take_lock
    trap 'undo_start' EXIT
    bring_up || exit 1
    trap - EXIT
    say "ready at http://localhost:$port/chat/"
}

command_stop() {
    [[ -d $run_dir ]] || return 0
    take_lock
    stop_all
}

command_run() {
    local name died='' logs=()
    check_request
    take_lock
    [[ -z $(instance_pids ajaxchatd ajaxchat.fcgi "${nginx##*/}") ]] ||
        die "already running in $run_dir; end it with: make stop"
    trap 'stopping=yes' INT TERM HUP
    for name in $(part_names); do
        [[ $name == nginx ]] && name=error
        logs+=("$run_dir/$name.log")
    done
    touch "${logs[@]}"
    tail -q -n 0 -F "${logs[@]}" 2>/dev/null 9>&- &
    local tail_pid=$!
    trap 'stop_all; kill "$tail_pid" 2>/dev/null' EXIT

    if ! bring_up; then
        [[ -n $stopping ]] || exit 1
        exit 0
    fi
    say "open http://localhost:$port/chat/ (Ctrl-C ends it)"
    exec 9>&-
    wait -n "${children[@]}" 2>/dev/null
    [[ -z $stopping ]] || exit 0
    for name in $(part_names); do
        pid_of "$name" >/dev/null || died+=" $name"
    done
    complain "ended unexpectedly:${died:- a part}; stopping the rest"
    exit 1
}

stopping=
children=()
started=()
case ${1:-} in
run | start | stop) "command_$1" ;;
*) sed -n '3,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
