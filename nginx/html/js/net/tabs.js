/* One connection for all tabs of a browser; see PAGE.md. */

const ANSWER_MS = 2000;
const CHECK_MS = 5000;
const WAITING_MAX = 200;

const ALONE = {
  leads: () => true,
  join() {},
  leave() {},
  tell() {},
  report() {},
  ping() {},
};

export function createTabs(sharing, { roleChanged, asked, status, told }) {
  if (sharing === null) {
    return ALONE;
  }
  const { name, locks, channel, isHidden } = sharing;
  let turn = null; // our request for the lock; with an `end` once we have it
  let ours = "up"; // the status
  let taker = null;
  let waiting = []; // replies that nobody has taken yet
  let answer = null; // timers
  let check = null;

  const leads = () => Boolean(turn?.end);
  const tell = (message) => channel.postMessage(message);
  const tellStatus = () =>
    tell({ type: "status", status: ours, hidden: isHidden() });

  function withdraw() {
    turn?.abort.abort();
    turn?.end?.();
    turn = null;
  }

  /* Waits for the lock, or takes it from who has it. */
  function stand(steal = false) {
    withdraw();
    const mine = { abort: new AbortController(), end: null };
    turn = mine;
    locks.request(name, steal ? { steal } : { signal: mine.abort.signal },
      () => turn === mine && new Promise((end) => {
        mine.end = end;
        lead();
      })).catch(() => {}).then(() => {
      if (turn === mine && mine.end) { // robbed
        stand();
        roleChanged();
      } else if (turn === mine) { // there are no locks: alone
        mine.end = () => {};
        lead();
      }
    });
  }

  function lead() {
    waiting = [];
    heard();
    tellStatus();
    roleChanged();
  }

  function heard() {
    clearTimeout(answer);
    answer = null;
  }

  function ping(how) {
    if (turn === null || leads()) {
      return;
    }
    tell({ type: "ping", how });
    answer ??= setTimeout(() => {
      answer = null;
      if (turn !== null && !leads()) {
        stand(true);
      }
    }, ANSWER_MS);
  }

  function lookAgain() {
    check = setTimeout(() => {
      if (!isHidden()) {
        ping("look");
      }
      lookAgain();
    }, CHECK_MS);
  }

  const messages = {
    reply({ reply }) {
      heard();
      waiting = [...waiting, reply].slice(-WAITING_MAX);
      taker?.();
    },
    status(news) {
      heard();
      ours = news.status;
      status(ours);
      if (news.status === "down" && news.hidden && !isHidden()) {
        stand(true); // its timers are slow, ours are not
      }
    },
  };

  channel.onmessage = ({ data }) => {
    if (data?.type === "ping") {
      if (leads()) {
        tellStatus();
        asked(data.how);
      }
    } else if (!Object.hasOwn(messages, data?.type)) {
      told(data ?? {});
    } else if (turn !== null && !leads()) {
      messages[data.type](data);
    }
  };

  return {
    leads,
    tell,
    ping,
    join() {
      if (turn === null) {
        waiting = [];
        stand();
        ping("look");
        lookAgain();
      }
    },
    leave() {
      clearTimeout(check);
      heard();
      withdraw();
    },
    report(next) {
      const isNews = next !== ours;
      ours = next;
      if (isNews && leads()) {
        tellStatus();
      }
    },
    follow: (signal, take) => new Promise((resolve, reject) => {
      const stop = (settle, value) => {
        taker = null;
        settle(value);
      };
      signal.addEventListener("abort", () => stop(resolve));
      taker = () => {
        try {
          while (taker && waiting.length) {
            if (!take(waiting.shift())) {
              stop(resolve);
            }
          }
        } catch (error) {
          stop(reject, error);
        }
      };
      taker();
    }),
  };
}
