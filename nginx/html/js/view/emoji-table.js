/* The emoji that are offered, with the names that people know from other chats. */

export const TABLE = `😀 grinning 😄 smile 😁 grin 😆 laughing 😅 sweat_smile 😂 joy
🤣 rofl 🙂 slight_smile 🙃 upside_down 😉 wink 😊 blush 😇 innocent 🥰 in_love
😍 heart_eyes 🤩 star_struck 😘 kiss 😋 yum 😛 tongue 🤪 zany 🤗 hug 🤭 giggle
🤫 shush 🤔 thinking 😐 neutral 😏 smirk 🙄 eye_roll 😬 grimace 😌 relieved
😴 sleeping 😷 mask 🤢 sick 🥵 hot 🥶 cold 🤯 mind_blown 🥳 party 😎 cool
🤓 nerd 😕 confused 🙁 frown 😮 wow 😳 flushed 🥺 pleading 😢 cry 😭 sob
😱 scream 😩 weary 🥱 yawn 😡 angry 😈 devil 💀 skull 💩 poop 🤡 clown 👻 ghost
🤖 robot 🙈 monkey 👋 wave 👌 ok_hand ✌️ peace 🤞 luck 👍 +1 👎 -1 ✊ fist
👏 clap 🙌 hooray 🤝 handshake 🙏 pray 💪 strong 👀 eyes 🧠 brain 🤷 shrug
🤦 facepalm 💃 dance 🏃 run ❤️ heart 🧡 orange 💛 yellow 💚 green 💙 blue
💜 purple 🖤 black 💔 broken_heart 💯 100 💥 boom 💤 zzz 🐶 dog 🐱 cat 🐭 mouse
🦊 fox 🐻 bear 🐸 frog 🐧 penguin 🦄 unicorn 🐝 bee 🐛 bug 🌹 rose 🌻 flower
🌲 tree 🍀 clover 🌍 earth 🌙 moon ☀️ sun ⭐ star 🌈 rainbow ☔ rain ⚡ zap
❄️ snow 🔥 fire 🍎 apple 🍌 banana 🍕 pizza 🍔 burger 🍿 popcorn 🍰 cake
🍪 cookie ☕ coffee 🍵 tea 🍺 beer 🍻 cheers 🍷 wine ⚽ ball 🏆 trophy 🎮 game
🎵 music 🎨 art 🎬 movie 🚗 car 🚲 bike ✈️ plane 🚀 rocket 🏠 house ⏰ alarm
⏳ wait 💻 laptop 📱 phone 📷 camera 💡 idea 📚 books ✏️ pencil 📌 pin 🔒 lock
🔑 key 💰 money 🎁 gift 🎉 tada ✅ check ❌ x ❓ question ⚠️ warning 🚫 no`;
