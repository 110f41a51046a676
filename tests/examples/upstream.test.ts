import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";

const script = join(import.meta.dir, "../../examples/upstream.ts");
const upstreams = Bun.spawn([process.execPath, script, "--ports", "0,0"], { stdout: "pipe" });
const urls: string[] = [];

beforeAll(async () => {
  let output = "";
  for await (const chunk of upstreams.stdout.pipeThrough(new TextDecoderStream())) {
    output += chunk;
    urls.splice(0, urls.length, ...(output.match(/http:\S+(?=\n)/g) ?? []));
    if (urls.length === 2) return;
  }
});
afterAll(() => upstreams.kill());

const at = (path: string) => `${urls[0]}${path}`;

test("each upstream signs its answers with its own name", async () => {
  const names = await Promise.all(
    urls.map(async (url) => (await fetch(`${url}/health`)).headers.get("x-upstream")),
  );
  expect(names).toEqual(urls.map((url) => `upstream-${new URL(url).port}`));
});

test("tells what came", async () => {
  const options = { method: "PUT", body: "hällo", headers: { "x-test": "1" } };
  const answer: unknown = await (await fetch(at("/anything/a%20b?c=d"), options)).json();
  expect(answer).toMatchObject({
    method: "PUT",
    url: "/anything/a%20b?c=d",
    args: { c: "d" },
    body: "hällo",
    headers: expect.arrayContaining(["x-test: 1", "content-length: 6"]),
  });
});

test.each([
  ["/", 200, "A sample upstream"],
  ["/get", 200, '"method": "GET"'],
  ["/headers", 200, '"accept: */*"'],
  ["/delay/0.01", 200, '"url": "/delay/0.01"'],
  ["/gzip", 200, '"url": "/gzip"'],
  ["/bytes/3", 200, "xxx"],
  ["/stream/2", 200, '{"id":1,"of":2}\n{"id":2,"of":2}\n'],
  ["/sse?n=1", 200, "id: 1\ndata: "],
  ["/drip?bytes=3&seconds=0", 200, "***"],
  ["/status/418", 418, ""],
  ["/status/100", 400, "a final status"],
  ["/post", 405, "POST only"],
  ["/ws", 426, "a WebSocket"],
  ["/nowhere", 404, "no such page"],
])("answers %s with %i", async (path, status, text) => {
  const response = await fetch(at(path));
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(text);
});

test("sends bytes with their length and lines without", async () => {
  expect((await fetch(at("/bytes/100000"))).headers.get("content-length")).toBe("100000");
  expect((await fetch(at("/stream/3"))).headers.get("content-length")).toBeNull();
});

test("echoes on a WebSocket", async () => {
  const socket = new WebSocket(at("/ws"));
  const { promise, resolve } = Promise.withResolvers<unknown>();
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => resolve(data);
  expect(await promise).toBe("hello");
  socket.close();
});

test("stops in order on SIGTERM", async () => {
  upstreams.kill("SIGTERM");
  expect(await upstreams.exited).toBe(0);
});

test.each(["nope", "70000", "1 2", "--bogus"])("refuses '%s'", (line) => {
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, script, ...line.split(" ")]);
  expect(exitCode).toBe(2);
  expect(stderr.toString()).toStartWith("usage: ");
});
