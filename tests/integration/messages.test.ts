import { describe, expect, test } from "bun:test";
import { Prox, shared, until } from "./scene.ts";
import { echo, ok, Upstream, type UpstreamConnection } from "./upstream.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A Prox in front of one upstream. */
function front(up: Upstream, more = ""): Prox {
  return new Prox(`routes: {/: {type: proxy, target: '${up.url}'${more}}}`);
}

describe("request bodies", () => {
  const up = shared(new Upstream());
  const prox = shared(front(up));

  /** Sends these bytes and returns what the upstream got for them. */
  async function forwarded(bytes: string) {
    const before = up.requests.length;
    await prox.answers(bytes, bytes.slice(0, bytes.indexOf(" ")));
    return await up.request(before);
  }

  test("a Content-Length stays one", async () => {
    const request = await forwarded("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
    expect(request.values("content-length")).toEqual(["5"]);
    expect(request.values("transfer-encoding")).toEqual([]);
    expect(request.body).toBe("hello");
  });

  test("chunked stays chunked, extensions go", async () => {
    const request = await forwarded(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    expect(request.values("transfer-encoding")).toEqual(["chunked"]);
    expect(request.values("content-length")).toEqual([]);
    expect(request.body).toBe("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  });

  test("trailers pass", async () => {
    const request = await forwarded(
      "POST / HTTP/1.1\r\nHost: a\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 9\r\n\r\n",
    );
    expect(request.values("trailer")).toEqual(["x-sum"]);
    expect(request.body).toBe("1\r\na\r\n0\r\nx-sum: 9\r\n\r\n");
  });

  test.each(["GET", "DELETE", "HEAD", "OPTIONS", "PROPFIND"])(
    "%s keeps its body",
    async (method) => {
      const request = await forwarded(
        `${method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`,
      );
      expect([request.line, request.body]).toEqual([`${method} / HTTP/1.1`, "hi"]);
    },
  );

  test.each([
    ["GET", []],
    ["POST", ["0"]],
    ["PUT", ["0"]],
  ])("%s without a body says so where that is needed", async (method, length) => {
    const request = await forwarded(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(request.values("content-length")).toEqual(length);
    expect(request.values("transfer-encoding")).toEqual([]);
  });

  test("an empty chunked body stays chunked", async () => {
    const request = await forwarded(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    );
    expect([request.values("transfer-encoding"), request.body]).toEqual([["chunked"], "0\r\n\r\n"]);
  });

  test("a body goes on while it comes", async () => {
    const client = await prox.sends(
      "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc",
    );
    const before = up.connections.length;
    await until(() => up.connections.some(({ received }) => received.endsWith("\r\n\r\nabc")));
    await client.send("def");
    expect((await client.response()).status).toBe(200);
    expect(up.connections.length - before).toBeLessThan(2);
  });
});

describe("Expect: 100-continue", () => {
  const HEAD = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";

  test("goes to the upstream, whose 100 lets the body come", async () => {
    using up = new Upstream(echo);
    await using prox = front(up);
    const client = await prox.sends(HEAD);
    const connection = await up.connection();
    await connection.gets("\r\n\r\n");
    expect(client.buffered).toBe("");
    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
    await client.expectText("HTTP/1.1 100 Continue\r\n\r\n");
    await client.send("abc");
    const { body } = await client.response();
    expect(body).toContain("expect: 100-continue\r\n");
    expect(body).toEndWith("\r\n\r\nabc");
  });

  test("a refusal of the upstream takes the place of the 100", async () => {
    using up = new Upstream();
    await using prox = front(up);
    const client = await prox.sends(HEAD);
    const connection = await up.connection();
    await connection.gets("\r\n\r\n");
    connection.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
    const response = await client.response();
    expect(response.status).toBe(417);
    expect(response.header("connection")).toBe("close");
  });

  test("another expectation is refused", async () => {
    using up = new Upstream();
    await using prox = front(up);
    const response = await prox.answers("GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n");
    expect(response.status).toBe(417);
    expect(await prox.logged()).toMatchObject({ reason: "expectation_failed" });
  });
});

describe("answers", () => {
  /** What a client gets where an upstream sends these bytes, and then perhaps closes. */
  async function answered(bytes: string, { request = GET, close = false } = {}) {
    using up = new Upstream((_, connection) => {
      connection.send(bytes);
      if (close) connection.close();
      return undefined;
    });
    await using prox = front(up);
    const client = await prox.sends(request);
    const response = await client.response(request.slice(0, request.indexOf(" ")));
    return { ...response, rest: client.buffered };
  }

  test("a Content-Length stays one", async () => {
    const response = await answered(ok("hello"));
    expect(response.header("content-length")).toBe("5");
    expect(response.body).toBe("hello");
  });

  test("chunked stays chunked, trailers pass", async () => {
    const response = await answered(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nX-B: 1\r\n\r\n",
    );
    expect(response.header("transfer-encoding")).toBe("chunked");
    expect(response.header("content-length")).toBeUndefined();
    expect(response.body).toBe("abc");
    expect(response.trailers).toEqual([
      ["x-sum", "9"],
      ["x-b", "1"],
    ]);
  });

  test("a chunked answer without trailers is complete as well", async () => {
    const response = await answered(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    expect(response.body).toBe("abc");
    expect(response.header("transfer-encoding")).toBe("chunked");
  });

  test("an answer until the end of the connection becomes chunked", async () => {
    const response = await answered("HTTP/1.1 200 OK\r\n\r\nabc", { close: true });
    expect(response.header("transfer-encoding")).toBe("chunked");
    expect(response.body).toBe("abc");
  });

  test("an answer of HTTP/1.0 passes as one of HTTP/1.1", async () => {
    const response = await answered("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", {
      close: true,
    });
    expect(response.statusLine).toBe("HTTP/1.1 200 OK");
    expect(response.body).toBe("hi");
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "5"],
    ["HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", undefined],
    ["GET", 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n', "5"],
    ["GET", "HTTP/1.1 204 No Content\r\n\r\n", undefined],
  ])("%s answered by %j has no body", async (method, bytes, length) => {
    const request = GET.replace("GET", method).replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    const response = await answered(bytes, { request });
    expect(response.header("content-length")).toBe(length);
    expect(response.rest).toBe("");
  });

  test("interim answers pass, in order, with their fields", async () => {
    using up = new Upstream(
      () =>
        "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nLink: </b.js>\r\n\r\n" +
        `HTTP/1.1 102 Processing\r\n\r\n${ok("done")}`,
    );
    await using prox = front(up);
    const client = await prox.sends(GET);
    const early = await client.response();
    expect([early.status, early.headers]).toEqual([
      103,
      [
        ["link", "</a.css>"],
        ["link", "</b.js>"],
        ["via", "1.1 prox"],
      ],
    ]);
    expect((await client.response()).status).toBe(102);
    expect((await client.response()).body).toBe("done");
  });

  test("each piece of a stream goes on as it comes", async () => {
    using up = new Upstream(
      () =>
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    await using prox = front(up);
    const client = await prox.sends(GET);
    const connection = await up.connection();
    await client.until(() => client.buffered.endsWith("\r\n\r\n"), "the head");
    for (const event of ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"]) {
      client.buffered = "";
      connection.send(`${event.length.toString(16)}\r\n${event}\r\n`);
      await client.expectText(`${event.length.toString(16)}\r\n${event}\r\n`);
    }
    connection.send("0\r\n\r\n");
    await client.expectText("0\r\n\r\n");
  });

  test.each([
    ["shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"],
    ["without its last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"],
  ])("an answer %s is broken at the client too", async (_, bytes) => {
    using up = new Upstream(() => bytes);
    await using prox = front(up);
    const client = await prox.sends(GET);
    await client.until(() => client.buffered.includes("abc"), "the beginning");
    (await up.connection()).close();
    await client.until(() => client.closed, "the end");
    expect(client.reset).toBe(true);
    expect(client.buffered).not.toContain("\r\n0\r\n");
    expect(await prox.logged()).toMatchObject({ status: 200, reason: "upstream_truncated" });
    expect(prox.accessLog.lines).toHaveLength(1);
  });

  test("so is one whose upstream resets the connection", async () => {
    using up = new Upstream(() => "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    await using prox = front(up);
    const client = await prox.sends(GET);
    await client.until(() => client.buffered.includes("abc"), "the beginning");
    (await up.connection()).reset();
    await client.until(() => client.closed, "the end");
    expect(client.reset).toBe(true);
    expect((await prox.logged())["reason"]).toBe("upstream_reset");
  });

  test("an early answer to an upload under way reaches the client", async () => {
    using up = new Upstream();
    await using prox = front(up);
    const client = await prox.sends(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\nabc",
    );
    const connection = await up.connection();
    await connection.gets("abc");
    connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    connection.close();
    const response = await client.response();
    expect([response.status, response.body]).toEqual([403, "no"]);
  });
});

describe("methods", () => {
  const up = shared(new Upstream(({ line }) => ok(line)));
  const prox = shared(front(up));

  test.each(["TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"])(
    "%j is not forwarded",
    async (bytes) => {
      const before = prox.accessLog.lines.length;
      const response = await prox.answers(bytes);
      expect(response.status).toBe(405);
      expect(response.header("allow")).toContain("GET");
      expect(await prox.logged(before)).toMatchObject({ reason: "method_not_forwarded" });
      expect(up.requests).toHaveLength(0);
    },
  );

  test.each(["h2c", "websocket", "foo/2"])(
    "Upgrade: %s goes on as a plain request",
    async (protocol) => {
      const response = await prox.get(
        "/up",
        `Host: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${protocol}\r\nHTTP2-Settings: AAM\r\n`,
      );
      expect(response.body).toBe("GET /up HTTP/1.1");
      const sent = up.requests.at(-1);
      for (const name of ["upgrade", "connection", "http2-settings"]) {
        expect(sent?.values(name)).toEqual([]);
      }
    },
  );

  test("any other method goes on as it came", async () => {
    const { body } = await prox.answers("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(body).toBe("M-SEARCH / HTTP/1.1");
  });

  test("OPTIONS * is answered for the server as a whole", async () => {
    const response = await prox.answers("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([response.status, response.header("content-length")]).toEqual([204, undefined]);
    expect(response.header("allow")).toContain("OPTIONS");
  });

  test("OPTIONS of a path is the upstream's to answer", async () => {
    const { body } = await prox.answers("OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(body).toBe("OPTIONS /x HTTP/1.1");
  });
});

describe("connections", () => {
  const held: UpstreamConnection[] = [];
  const up = shared(
    new Upstream(({ line }, connection) => {
      if (!line.includes("/held")) return ok(line);
      held.push(connection);
      return undefined;
    }),
  );
  const prox = shared(front(up));
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

  test("pipelined requests are answered in order, whichever is ready first", async () => {
    const client = await prox.sends(get("/held/1") + get("/2") + get("/3"));
    await until(() => held.length > 0);
    held.pop()?.send(ok("late"));
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push((await client.response()).body);
    expect(bodies).toEqual(["late", "GET /2 HTTP/1.1", "GET /3 HTTP/1.1"]);
  });

  test("a client that half-closes after its request gets its answer", async () => {
    const client = await prox.sends(get("/held/2"));
    client.finish();
    await until(() => held.length > 0);
    held.pop()?.send(ok("late"));
    expect((await client.response()).body).toBe("late");
    await client.end();
    expect(client.reset).toBe(false);
  });

  test("a client that half-closes within its body is told, and its upstream released", async () => {
    const before = prox.accessLog.lines.length;
    const client = await prox.sends(
      "POST /cut HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    );
    await until(() => up.connections.some(({ received }) => received.endsWith("abc")));
    client.finish();
    const text = await client.end();
    expect(text).not.toContain(" 499 ");
    await until(() =>
      up.connections.every(({ received, closed }) => closed || !received.endsWith("abc")),
    );
    expect(await prox.logged(before)).toMatchObject({ reason: "client_closed" });
    expect(prox.accessLog.lines).toHaveLength(before + 1);
  });

  test("HTTP/1.0 keep-alive is honoured and said", async () => {
    const client = await prox.client();
    for (const path of ["/1", "/2"]) {
      await client.send(`GET ${path} HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n`);
      const response = await client.response();
      expect(response.body).toBe(`GET ${path} HTTP/1.1`);
      expect(response.header("connection")).toBe("keep-alive");
    }
  });

  test("HTTP/1.0 without it is closed after the answer", async () => {
    const client = await prox.sends("GET /1 HTTP/1.0\r\nHost: a\r\n\r\n");
    expect((await client.response()).header("connection")).toBe("close");
    await client.end();
  });

  test("HTTP/1.0 gets no chunks and no interim answers", async () => {
    using chunked = new Upstream(
      () =>
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n",
    );
    await using other = front(chunked);
    const client = await other.sends("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    const text = await client.end();
    expect(text).toStartWith("HTTP/1.1 200 OK\r\n");
    expect(text).toEndWith("\r\n\r\nabc");
    expect(text).not.toContain("transfer-encoding");
  });

  test("upstream connections are kept and used again", async () => {
    using own = new Upstream();
    await using other = front(own);
    for (let i = 0; i < 3; i++) await other.get("/");
    expect(own.connections).toHaveLength(1);
    await other.logged(2);
    expect(other.accessLog.entries.map((entry) => entry["upstream_connect_ms"])).toEqual([
      expect.any(Number),
      0,
      0,
    ]);
  });

  test("a kept upstream connection that was closed meanwhile costs the client nothing", async () => {
    using own = new Upstream();
    await using other = front(own);
    await other.get("/");
    own.connections[0]?.close();
    const response = await other.answers(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
    );
    expect(response.status).toBe(200);
    expect(own.requests.map(({ body }) => body)).toEqual(["", "hi"]);
  });
});
