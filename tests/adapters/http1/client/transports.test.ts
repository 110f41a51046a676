import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drain, failure, RawUpstream, request, TestClient, until } from "./raw-upstream.ts";

const folder = mkdtempSync(join(tmpdir(), "prox-client-"));
afterAll(() => rmSync(folder, { recursive: true }));

const pem = (name: string): Promise<string> =>
  Bun.file(new URL(`../../tcp/certificates/${name}`, import.meta.url)).text();
const ca = await pem("ca.pem");
const tls: Bun.TLSOptions = { cert: await pem("server.pem"), key: await pem("server.key") };

test("requests go over a unix socket", async () => {
  const unix = join(folder, "up.sock");
  using upstream = new RawUpstream({ unix });
  using client = new TestClient({ hostname: "", socketPath: unix });
  const sending = client.client.send(request("POST", { body: Buffer.from("abc") }));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\nabc");
  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  expect((await drain((await sending).body)).toString()).toBe("ok");
  expect(client.counts).toBe("1 0 0 0");
});

test("localhost is reached where only one family listens", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient({ hostname: "localhost", port: upstream.port }, { maxIdle: 0 });
  for (let i = 0; i < 2; i++) {
    const sending = client.client.send(request("GET"));
    const connection = await upstream.connection(i);
    await connection.gets("\r\n\r\n");
    connection.send("HTTP/1.1 204 No Content\r\n\r\n");
    expect((await sending).status).toBe(204);
  }
});

test("a refused connect fails the request, of which nothing was sent", async () => {
  const upstream = new RawUpstream();
  const { port } = upstream;
  upstream[Symbol.dispose]();
  using client = new TestClient({ port });
  const error = await failure(client.client.send(request("GET")));
  expect([error.reason, error.requestSent]).toEqual(["upstream_connect_refused", false]);
  expect(client.counts).toBe("0 0 0 0");
});

test("large bodies go both ways over TLS, on one connection", async () => {
  using upstream = new RawUpstream({ tls, keep: false });
  using client = new TestClient({
    scheme: "https",
    port: upstream.port,
    tls: { ca, serverName: "up.test" },
  });
  const payload = Buffer.alloc(5_000_000, "0123456789abcdef-");
  for (let i = 1; i <= 2; i++) {
    const sending = client.client.send(request("PUT", { body: payload }));
    const connection = await upstream.connection();
    await until(() => connection.bytes > i * payload.length);
    connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${payload.length}\r\n\r\n`);
    connection.send(payload);
    expect(Bun.hash(await drain((await sending).body))).toBe(Bun.hash(payload));
  }
  await client.settles("1 0 0 0");
});

test.each(["close", "reset"])(
  "an idle TLS connection that the peer ends (%s) leaves the pool",
  async (how) => {
    using upstream = new RawUpstream({ tls });
    using client = new TestClient({ scheme: "https", tls: { ca }, port: upstream.port });
    const sending = client.client.send(request("GET"));
    const connection = await upstream.connection();
    await connection.gets("\r\n\r\n");
    connection.send("HTTP/1.1 204 No Content\r\n\r\n");
    await sending;
    expect(client.counts).toBe("1 0 0 0");
    if (how === "close") connection.end();
    else connection.reset();
    await client.settles("0 0 0 0");
  },
);

test.each([
  ["content-length: 10", "upstream_truncated"],
  ["x-until: close", ""],
])("the end of a TLS connection with %s is %p", async (field, reason) => {
  using upstream = new RawUpstream({ tls });
  using client = new TestClient({ scheme: "https", tls: { ca }, port: upstream.port });
  const sending = client.client.send(request("GET"));
  const connection = await upstream.connection();
  await connection.gets("\r\n\r\n");
  connection.send(`HTTP/1.1 200 OK\r\n${field}\r\n\r\nabc`);
  const { body } = await sending;
  connection.end();
  if (reason === "") expect((await drain(body)).toString()).toBe("abc");
  else expect((await failure(drain(body))).reason).toBe("upstream_truncated");
  await client.settles("0 0 0 0");
});

test("an upstream that refuses the missing client certificate is a TLS failure", async () => {
  const strict = { ...tls, ca, requestCert: true, rejectUnauthorized: true };
  using upstream = new RawUpstream({ tls: strict });
  using client = new TestClient({ scheme: "https", tls: { ca }, port: upstream.port });
  const error = await failure(client.client.send(request("GET")));
  expect(error.reason).toBe("upstream_tls_failed");
  await client.settles("0 0 0 0");
});

test("a connect through TLS that hangs in the handshake is given up", async () => {
  using upstream = new RawUpstream();
  using client = new TestClient({ scheme: "https", port: upstream.port });
  const sending = failure(client.client.send(request("GET", { timeouts: { connect: 60 } })));
  const connection = await upstream.connection();
  const error = await sending;
  expect([error.reason, error.requestSent]).toEqual(["upstream_connect_timeout", false]);
  await connection.gone();
  expect(client.counts).toBe("0 0 0 0");
});
