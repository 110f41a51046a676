import { expect, test } from "bun:test";
import { Prox, until } from "./scene.ts";
import { ok, Upstream, type UpstreamConnection } from "./upstream.ts";

const MOST_CONNECTIONS = 8;
const GET = "GET /g HTTP/1.1\r\nHost: a\r\n\r\n";
const UPLOAD = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n";
const LAST_CHUNK = "0\r\n\r\n";

/** What can come of an exchange here; which of them do is a matter of timing. */
const OUTCOMES = new Set([
  "200 complete",
  "200 client_closed",
  "200 upstream_reset",
  "200 upstream_truncated",
  "499 client_closed",
  "502 upstream_closed",
  "502 upstream_malformed_response",
  "502 upstream_reset",
]);

/** Numbers below `limit`, the same for the same seed. */
type Dice = (limit: number) => number;

function dice(seed: number): Dice {
  let state = seed * 7919;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % limit;
  };
}

/** An upstream with all the faults that one can have, and now and then an answer. */
function moody(roll: Dice): Upstream {
  const moods: ((connection: UpstreamConnection) => void)[] = [
    (connection) => connection.close(),
    (connection) => connection.reset(),
    (connection) => {
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
      setTimeout(() => (roll(2) === 0 ? connection.close() : connection.reset()), roll(4));
    },
    (connection) => setTimeout(() => connection.send(ok("late")), roll(10)),
    (connection) => connection.send(ok("x".repeat(200_000))),
    (connection) => connection.send("garbage\r\n\r\n"),
    (connection) =>
      connection.send(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n${LAST_CHUNK}`,
      ),
    (connection) => connection.send(ok("ok")),
  ];
  return new Upstream((_, connection) => {
    moods[roll(moods.length)]?.(connection);
    return undefined;
  });
}

/** A client that sends up to three requests and may leave at any time, in any way. */
async function moodyClient(prox: Prox, roll: Dice, answered: () => void): Promise<void> {
  const client = await prox.client();
  for (let i = 0; i < 3 && !client.ended; i++) {
    const upload = roll(2) === 0;
    await client.send(upload ? UPLOAD : GET);
    if (roll(6) === 0) {
      await Bun.sleep(roll(8));
      break;
    }
    if (upload) {
      await Bun.sleep(roll(5));
      await client.send(LAST_CHUNK);
    }
    const halfClosed = roll(6) === 0;
    if (halfClosed) client.finish();
    const response = await client.response().catch(() => null);
    if (response === null || halfClosed) break;
    answered();
  }
  client.cut();
}

test.each([1, 2, 3])(
  "no fault on either side leaks, hangs or goes unlogged (seed %d)",
  async (seed) => {
    const roll = dice(seed);
    using up = moody(roll);
    await using prox = new Prox(
      `routes: {/: {type: proxy, target: '${up.url}', limits: {upstream_max_connections: ${MOST_CONNECTIONS}}}}`,
    );
    let answered = 0;
    for (let round = 0; round < 8; round++) {
      const clients = Array.from({ length: 30 }, () => moodyClient(prox, roll, () => answered++));
      await Promise.all(clients);
    }
    await until(() => prox.connections === 0);
    const { entries } = prox.accessLog;
    const ids = new Set(entries.map((entry) => entry["request_id"]));
    expect(ids.size).toBe(entries.length);
    expect(entries.length).toBeGreaterThanOrEqual(answered);
    const outcomes = new Set(
      entries.map(({ status, reason = "complete" }) => `${status} ${reason}`),
    );
    expect(outcomes).toContain("200 complete");
    expect([...outcomes].filter((outcome) => !OUTCOMES.has(outcome))).toEqual([]);
    expect(prox.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
    await until(() => up.connections.filter(({ closed }) => !closed).length <= MOST_CONNECTIONS);
  },
);
