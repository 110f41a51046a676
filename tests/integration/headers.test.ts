import { describe, expect, test } from "bun:test";
import { Prox, shared } from "./scene.ts";
import { type CapturedRequest, ok, Upstream } from "./upstream.ts";

const HEX32 = /^[0-9a-f]{32}$/;
const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/** A Prox whose peer is trusted, or not, in front of an upstream that keeps what it gets. */
function scene(trusted: boolean, more = "") {
  const up = shared(new Upstream());
  const trust = trusted ? "trusted_proxies: [loopback]\n" : "";
  const prox = shared(new Prox(`${trust}routes: {/: {type: proxy, target: '${up.url}'${more}}}`));
  /** Sends a GET with these field lines and returns what the upstream got. */
  const forwarded = async (...lines: string[]): Promise<CapturedRequest> => {
    const all = ["Host: shop.example:81", ...lines].map((line) => `${line}\r\n`).join("");
    await prox.get("/x", all);
    const request = up.requests.at(-1);
    if (request === undefined) throw new Error("nothing came");
    return request;
  };
  return { up, prox, forwarded };
}

const CLAIMS = [
  "X-Forwarded-For: 198.51.100.1, 127.0.0.2",
  "X-Forwarded-Proto: https",
  "X-Forwarded-Host: public.example",
  "X-Forwarded-Port: 443",
  "X-Real-IP: 198.51.100.9",
  "X-Request-Id: given-id",
  "Forwarded: for=198.51.100.1;proto=https",
];

describe("fields of a peer that is not trusted", () => {
  const { forwarded, prox } = scene(false);

  test("are replaced by what Prox sees", async () => {
    const { values } = await forwarded(...CLAIMS);
    expect(values("x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(values("x-forwarded-proto")).toEqual(["http"]);
    expect(values("x-forwarded-host")).toEqual(["shop.example:81"]);
    expect(values("x-forwarded-port")).toEqual([]);
    expect(values("x-real-ip")).toEqual(["127.0.0.1"]);
    expect(values("forwarded")).toEqual([]);
    expect(values("x-request-id")).toEqual([expect.stringMatching(HEX32)]);
  });

  test("are set where none came", async () => {
    const { values } = await forwarded();
    expect(values("x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(values("via")).toEqual(["1.1 prox"]);
    expect(values("host")).toEqual(["shop.example:81"]);
  });

  test("give each request an id of its own, which the log has too", async () => {
    const before = prox.accessLog.lines.length;
    const requests = [await forwarded(), await forwarded()];
    const [first = "", second = ""] = requests.flatMap(({ values }) => values("x-request-id"));
    expect(first).not.toBe(second);
    expect(await prox.logged(before)).toMatchObject({ request_id: first });
    expect(await prox.logged(before + 1)).toMatchObject({ request_id: second });
  });
});

describe("fields of a trusted peer", () => {
  const { forwarded, prox } = scene(true);

  test("are believed and continued", async () => {
    const before = prox.accessLog.lines.length;
    const { values } = await forwarded(...CLAIMS);
    expect(values("x-forwarded-for")).toEqual(["198.51.100.1, 127.0.0.2, 127.0.0.1"]);
    expect(values("x-forwarded-proto")).toEqual(["https"]);
    expect(values("x-forwarded-host")).toEqual(["public.example"]);
    expect(values("x-forwarded-port")).toEqual(["443"]);
    expect(values("x-real-ip")).toEqual(["198.51.100.1"]);
    expect(values("x-request-id")).toEqual(["given-id"]);
    expect(values("forwarded")).toEqual([
      'for=198.51.100.1;proto=https, for=127.0.0.1;host="shop.example:81";proto=http',
    ]);
    expect(await prox.logged(before)).toMatchObject({
      client_ip: "198.51.100.1",
      host: "public.example",
      request_id: "given-id",
    });
  });

  test("are read from Forwarded where there is no X-Forwarded-For", async () => {
    const { values } = await forwarded('Forwarded: for="[2001:db8::7]:4711";proto=https');
    expect(values("x-real-ip")).toEqual(["2001:db8::7"]);
    expect(values("x-forwarded-proto")).toEqual(["https"]);
  });

  test.each(["bad id", "a\x80b", "x".repeat(129), 'a"b'])(
    "do not bring in an id that would be trouble: %j",
    async (id) => {
      const { values } = await forwarded(`X-Request-Id: ${id}`);
      expect(values("x-request-id")).toEqual([expect.stringMatching(HEX32)]);
    },
  );
});

describe("every peer's fields", () => {
  const { forwarded } = scene(false);

  test("end-to-end ones keep their order and their repeats", async () => {
    const { fields } = await forwarded("B: 1", "A: 2", "B: 3", "Cookie: a", "Accept: */*");
    const own = new Set(["b", "a", "cookie", "accept"]);
    expect(fields.filter(([name]) => own.has(name))).toEqual([
      ["b", "1"],
      ["a", "2"],
      ["b", "3"],
      ["cookie", "a"],
      ["accept", "*/*"],
    ]);
  });

  test("hop-by-hop ones and those named in Connection go", async () => {
    const { fields } = await forwarded(
      "Connection: keep-alive, X-Secret, close-not",
      "Keep-Alive: 5",
      "X-Secret: s",
      "Proxy-Connection: keep-alive",
      "Proxy-Authorization: Basic eA==",
      "Upgrade: websocket",
      "HTTP2-Settings: AAM",
      "TE: gzip",
      "X-Kept: k",
    );
    const names = fields.map(([name]) => name);
    for (const gone of [
      "connection",
      "keep-alive",
      "x-secret",
      "proxy-connection",
      "proxy-authorization",
      "upgrade",
      "http2-settings",
      "te",
    ]) {
      expect(names).not.toContain(gone);
    }
    expect(names).toContain("x-kept");
  });

  test("Connection cannot take Prox's own away", async () => {
    const { values } = await forwarded(
      "Connection: X-Forwarded-For, X-Real-IP, Host, Via, Traceparent, X-Request-Id",
    );
    for (const name of ["x-forwarded-for", "x-real-ip", "host", "via", "traceparent"]) {
      expect(values(name)).toHaveLength(1);
    }
  });

  test.each([
    ["TE: trailers", ["trailers"]],
    ["TE: gzip;q=0.5, Trailers", ["trailers"]],
    ["TE: deflate", []],
  ])("%s becomes %j", async (line, te) => {
    expect((await forwarded(line)).values("te")).toEqual(te);
  });

  test.each([
    "X_Forwarded_For: 6.6.6.6",
    "X.Forwarded.For: 6.6.6.6",
    "x-forwarded_proto: https",
    "X_Real_IP: 6.6.6.6",
    "X_Request_Id: mine",
    "Transfer_Encoding: chunked",
    "Content_Length: 5",
    "Proxy_Authorization: x",
  ])("an alias goes: %s", async (line) => {
    const { fields } = await forwarded(line);
    const name = line.slice(0, line.indexOf(":")).toLowerCase();
    expect(fields.map(([n]) => n)).not.toContain(name);
  });

  test("names with underscores or dots that alias nothing stay", async () => {
    expect((await forwarded("my_own.name: 1")).values("my_own.name")).toEqual(["1"]);
  });

  test("Via is continued, naming the version that came", async () => {
    expect((await forwarded("Via: 1.0 fred")).values("via")).toEqual(["1.0 fred", "1.1 prox"]);
  });

  test("a trace goes on", async () => {
    const { values } = await forwarded(`Traceparent: ${TRACE}`, "Tracestate: a=b");
    expect(values("traceparent")).toEqual([TRACE]);
    expect(values("tracestate")).toEqual(["a=b"]);
  });

  test.each([
    [[]],
    [["Traceparent: nonsense", "Tracestate: a=b"]],
    [[`Traceparent: ${TRACE}`, `Traceparent: ${TRACE}`]],
  ])("a trace begins after %j", async (lines) => {
    const { values } = await forwarded(...lines);
    expect(values("traceparent")).toEqual([
      expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    ]);
    expect(values("traceparent")).not.toEqual([TRACE]);
    expect(values("tracestate")).toEqual([]);
  });
});

describe("browser_headers", () => {
  const plain = scene(false);
  const browser = scene(false, ", browser_headers: true");
  const removed = scene(false, ", browser_headers: true, request_headers: {remove: [User-Agent]}");

  const NAMES = ["user-agent", "accept", "accept-language", "accept-encoding"];

  test("are not added unless asked for", async () => {
    const { values } = await plain.forwarded();
    for (const name of NAMES) expect(values(name)).toEqual([]);
  });

  test("fill in what the request lacks", async () => {
    const { values } = await browser.forwarded("Accept: text/x");
    expect(values("accept")).toEqual(["text/x"]);
    for (const name of NAMES) expect(values(name)).toHaveLength(1);
  });

  test("do not put back what a rule took away", async () => {
    const { values } = await removed.forwarded("User-Agent: curl");
    expect(values("user-agent")).toEqual([]);
    expect(values("accept-language")).toHaveLength(1);
  });
});

describe("fields of an answer", () => {
  test("hop-by-hop ones go, the rest keeps its order and its repeats", async () => {
    using up = new Upstream(() =>
      ok(
        "ok",
        "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nSet-Cookie: a=1\r\nConnection: x-hop, keep-alive\r\nX-Hop: h\r\nKeep-Alive: 5\r\n" +
          "Server: up\r\nSet-Cookie: b=2\r\nProxy-Authenticate: Basic\r\nTrailer: x\r\nUpgrade: h2c\r\nVia: 1.1 other\r\n",
      ),
    );
    await using prox = new Prox(`routes: {/: {type: proxy, target: '${up.url}'}}`);
    const { headers } = await prox.get("/");
    expect(headers).toEqual([
      ["date", "Mon, 01 Jan 2024 00:00:00 GMT"],
      ["set-cookie", "a=1"],
      ["server", "up"],
      ["set-cookie", "b=2"],
      ["trailer", "x"],
      ["via", "1.1 other"],
      ["via", "1.1 prox"],
      ["content-length", "2"],
    ]);
  });

  test("a Date is added where the upstream sent none", async () => {
    using up = new Upstream();
    await using prox = new Prox(`routes: {/: {type: proxy, target: '${up.url}'}}`);
    expect((await prox.get("/")).header("date")).toEndWith(" GMT");
  });

  test("a compressed body passes untouched", async () => {
    const packed = Buffer.from(Bun.gzipSync(Buffer.from("hello"))).toString("latin1");
    using up = new Upstream(() => ok(packed, 'Content-Encoding: gzip\r\nETag: "a"\r\n'));
    await using prox = new Prox(`routes: {/: {type: proxy, target: '${up.url}'}}`);
    const response = await prox.get("/");
    expect(response.body).toBe(packed);
    expect(response.header("content-encoding")).toBe("gzip");
    expect(response.header("etag")).toBe('"a"');
  });
});
