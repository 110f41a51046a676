/**
 * A small upstream to try Prox with, in the manner of httpbin. Every answer says in `x-upstream`
 * who gave it, so that load balancing can be seen.
 *
 *   bun examples/upstream.ts                          one, on 127.0.0.1:9001
 *   bun examples/upstream.ts 9005                     one, on another port (0 = any free one)
 *   bun examples/upstream.ts --ports 9001,9002,9003   several in one process
 */
import { parseArgs } from "node:util";
import type { BunRequest, Server } from "bun";

type Upstream = Server<undefined>;
type Answer = (request: BunRequest, upstream: Upstream) => Response | Promise<Response>;

const MAX_BYTES = 100 * 1024 * 1024;
const MAX_LINES = 10_000;
const MAX_SECONDS = 10;

const GUIDE = `A sample upstream. It answers:

  GET  /get, /headers, /health
  ANY  /anything/...           what came: method, URL, fields, body
  POST /post                   the same, for POST alone
  GET  /status/CODE            an empty answer with that status
  GET  /delay/SECONDS          after a while (at most ${MAX_SECONDS})
  GET  /bytes/COUNT            that many bytes, with their length
  GET  /stream/LINES           lines of JSON, without a length
  GET  /sse?n=10               an event each second
  GET  /drip?bytes=10&seconds=5   bytes spread over a time
  GET  /gzip                   JSON, compressed
  GET  /ws                     a WebSocket that echoes
`;

const ANSWERS: Readonly<Record<string, Answer>> = {
  "/": () => new Response(GUIDE),
  "/health": () => new Response("ok\n"),
  "/get": echo,
  "/headers": (request) => json({ headers: fieldsOf(request) }),
  "/post": (request, upstream) =>
    request.method === "POST"
      ? echo(request, upstream)
      : new Response("POST only\n", { status: 405, headers: { allow: "POST" } }),
  "/anything": echo,
  "/anything/*": echo,
  "/status/:code": (request) => status(Math.floor(lastNumber(request, 599))),
  "/delay/:seconds": async (request, upstream) => {
    await Bun.sleep(lastNumber(request, MAX_SECONDS) * 1000);
    return echo(request, upstream);
  },
  "/bytes/:count": (request) => bytes(Math.floor(lastNumber(request, MAX_BYTES))),
  "/stream/:lines": (request) => stream(jsonLines(lastNumber(request, MAX_LINES)), "x-ndjson"),
  "/sse": (request) => stream(events(queryNumber(request, "n", 10)), "event-stream"),
  "/drip": (request) =>
    stream(drip(queryNumber(request, "bytes", 10), queryNumber(request, "seconds", 5)), "plain"),
  "/gzip": async (request, upstream) => {
    const body = Bun.gzipSync(await (await echo(request, upstream)).arrayBuffer());
    return new Response(body, {
      headers: { "content-type": "application/json", "content-encoding": "gzip" },
    });
  },
};

main();

function main(): void {
  const ports = portsOf(process.argv.slice(2));
  if (ports === null) {
    process.stderr.write("usage: bun examples/upstream.ts [PORT | --ports PORT,PORT,...]\n");
    process.exit(2);
  }
  const upstreams = ports.map(start);
  const stop = () => {
    for (const upstream of upstreams) void upstream.stop(true);
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

/** Reads the command line; null where it makes no sense. */
function portsOf(args: string[]): number[] | null {
  try {
    const options = { ports: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [port, ...rest] = positionals;
    const ports = (values.ports ?? port ?? "9001").split(",").map(Number);
    const valid = ports.every(
      (number) => Number.isInteger(number) && number >= 0 && number < 65_536,
    );
    return valid && rest.length === 0 ? ports : null;
  } catch {
    return null;
  }
}

function start(port: number): Upstream {
  const routes: Record<string, Answer> = {};
  for (const [path, answer] of Object.entries(ANSWERS)) routes[path] = signed(answer);
  const upstream = Bun.serve({
    hostname: "127.0.0.1",
    port,
    idleTimeout: 60,
    routes: { ...routes, "/ws": upgrade },
    fetch: signed(() => new Response("no such page\n", { status: 404 })),
    websocket: {
      message(socket, message) {
        socket.send(message);
      },
    },
  });
  process.stdout.write(`${nameOf(upstream)} listens on http://127.0.0.1:${upstream.port}\n`);
  return upstream;
}

function nameOf(upstream: Upstream): string {
  return `upstream-${upstream.port}`;
}

/** Adds the name of the upstream to an answer. */
function signed(answer: Answer): Answer {
  return async (request, upstream) => {
    const response = await answer(request, upstream);
    response.headers.set("x-upstream", nameOf(upstream));
    return response;
  };
}

function upgrade(request: BunRequest, upstream: Upstream): Response | undefined {
  const headers = { "x-upstream": nameOf(upstream) };
  if (upstream.upgrade(request, { headers })) return undefined;
  return new Response("a WebSocket lives here\n", { status: 426, headers });
}

/** Tells what came. The runtime sorts the fields by name. */
async function echo(request: BunRequest, upstream: Upstream): Promise<Response> {
  const { pathname, search, searchParams } = new URL(request.url);
  return json({
    upstream: nameOf(upstream),
    method: request.method,
    url: pathname + search,
    args: Object.fromEntries(searchParams),
    headers: fieldsOf(request),
    body: await request.text(),
  });
}

function fieldsOf(request: BunRequest): string[] {
  return [...request.headers].map(([name, value]) => `${name}: ${value}`);
}

function json(value: unknown): Response {
  const headers = { "content-type": "application/json" };
  return new Response(`${JSON.stringify(value, null, 2)}\n`, { headers });
}

function status(code: number): Response {
  if (code < 200) return new Response("a final status, please: 200 to 599\n", { status: 400 });
  return new Response(null, { status: code });
}

/** Bytes at hand, because only those are sent with their length. */
function bytes(count: number): Response {
  const body = new Uint8Array(count).fill(0x78);
  return new Response(body, { headers: { "content-type": "application/octet-stream" } });
}

function stream(body: AsyncIterable<string>, subtype: string): Response {
  const family = subtype === "x-ndjson" ? "application" : "text";
  return new Response(body, {
    headers: { "content-type": `${family}/${subtype}`, "cache-control": "no-store" },
  });
}

async function* jsonLines(count: number): AsyncGenerator<string> {
  for (let id = 1; id <= count; id++) {
    yield `${JSON.stringify({ id, of: count })}\n`;
    // Else the runtime gathers all lines and sends them with their length.
    await Bun.sleep(0);
  }
}

async function* events(count: number): AsyncGenerator<string> {
  for (let id = 1; id <= count; id++) {
    yield `id: ${id}\ndata: ${JSON.stringify({ id, time: new Date().toISOString() })}\n\n`;
    if (id < count) await Bun.sleep(1000);
  }
}

async function* drip(count: number, seconds: number): AsyncGenerator<string> {
  const pause = (Math.min(seconds, 60) * 1000) / Math.max(1, count);
  for (let sent = 0; sent < Math.min(count, MAX_LINES); sent++) {
    await Bun.sleep(pause);
    yield "*";
  }
}

/** Reads the number that a path ends in; anything odd counts as 0, too much as the most allowed. */
function lastNumber(request: BunRequest, most: number): number {
  const { pathname } = new URL(request.url);
  return bounded(pathname.slice(pathname.lastIndexOf("/") + 1), most);
}

function queryNumber(request: BunRequest, name: string, otherwise: number): number {
  return bounded(new URL(request.url).searchParams.get(name) ?? String(otherwise), MAX_LINES);
}

function bounded(text: string, most: number): number {
  const value = Number(text);
  return value > 0 ? Math.min(value, most) : 0;
}
