import { expect } from "bun:test";
import type { BodyStream, ExchangeRequest } from "../../../src/ports/exchange.ts";
import { ProxError } from "../../../src/ports/failure.ts";
import { text } from "../../support/fake-handler.ts";
import { readBody, readText } from "../../support/read-body.ts";
import type { Case } from "./case.ts";

const echo = async (request: ExchangeRequest) => text(await readText(request.body));
const CHUNKED = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

function streamOf(request: ExchangeRequest | undefined): BodyStream {
  const body = request?.body;
  if (body === null || body === undefined || body instanceof Uint8Array) {
    throw new Error("expected a streamed body");
  }
  return body;
}

/** How request bodies reach the handler. */
export const requestBodyCases: readonly Case[] = [
  {
    name: "hands over a body that came with its head",
    async run(scene) {
      await scene.serve(echo);
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      );
      expect((await client.response()).body).toBe("hello");
    },
  },
  {
    name: "streams a body that comes in pieces, and keeps the connection",
    async run(scene) {
      const handler = await scene.serve(echo);
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01",
      );
      await scene.until(() => handler.requests.length === 1, "the request");
      expect(streamOf(handler.requests[0]).length).toBe(10);
      for (const piece of ["234", "5", "6789GET /next HTTP/1.1\r\nHost: a\r\n\r\n"]) {
        await client.send(piece);
        await Bun.sleep(1);
      }
      expect((await client.response()).body).toBe("0123456789");
      expect((await client.response()).body).toBe("");
      expect(handler.outcomes[0]?.bytesIn).toBe(10);
    },
  },
  {
    name: "decodes a chunked body with extensions and trailers",
    async run(scene) {
      let trailers: string[] = [];
      await scene.serve(async (request) => {
        const answer = text(await readText(request.body));
        if (request.target === "/") trailers = streamOf(request).trailers;
        return answer;
      });
      const client = await scene.sends(
        `${CHUNKED}5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 42\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n`,
      );
      expect((await client.response()).body).toBe("hello world");
      expect(trailers).toEqual(["x-sum", "42"]);
      expect((await client.response()).status).toBe(200);
    },
  },
  {
    name: "decodes a chunked body that comes byte by byte",
    async run(scene) {
      await scene.serve(echo);
      const client = await scene.client();
      for (const byte of `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`) {
        await client.send(byte);
        await Bun.sleep(0);
      }
      expect((await client.response()).body).toBe("abcde");
    },
  },
  {
    name: "fails a body whose chunks are broken, and closes",
    async run(scene) {
      const errors: unknown[] = [];
      await scene.serve(async (request) => {
        try {
          await readText(request.body);
        } catch (error) {
          errors.push(error);
        }
        return { ...text("bad"), status: 400 };
      });
      const client = await scene.sends(`${CHUNKED}3\r\nabcX`);
      expect((await client.response()).status).toBe(400);
      await client.end();
      expect(errors[0]).toBeInstanceOf(ProxError);
      expect(errors[0]).toMatchObject({ reason: "malformed_request", source: "downstream" });
    },
  },
  {
    name: "carries large uploads byte for byte, with a length and chunked",
    async run(scene) {
      await scene.serve(async (request) => {
        const body = await readBody(request.body);
        return text(`${body.length} ${Bun.hash(body)}`);
      });
      const payload = new Uint8Array(3_000_000);
      for (let i = 0; i < payload.length; i++) payload[i] = (i * 31) >> 3;
      const expected = `${payload.length} ${Bun.hash(payload)}`;
      const client = await scene.client();
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${payload.length}\r\n\r\n`);
      await client.send(payload);
      expect((await client.response()).body).toBe(expected);
      await client.send(CHUNKED);
      for (let at = 0; at < payload.length; at += 70_001) {
        const piece = payload.subarray(at, at + 70_001);
        await client.send(`${piece.length.toString(16)}\r\n`);
        await client.send(piece);
        await client.send("\r\n");
      }
      await client.send("0\r\n\r\n");
      expect((await client.response()).body).toBe(expected);
    },
  },
  {
    name: "holds an upload back that nobody reads, and lets it in when somebody does",
    async run(scene) {
      const start = Promise.withResolvers<void>();
      await scene.serve(async (request) => {
        await start.promise;
        return text(String((await readBody(request.body)).length));
      });
      const client = await scene.client();
      const size = 40_000_000;
      await client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
      const block = new Uint8Array(1_000_000);
      let sent = 0;
      for (let idle = 0; idle < 20 && sent < size; ) {
        const taken = client.sendSome(block.subarray(0, Math.min(block.length, size - sent)));
        idle = taken === 0 ? idle + 1 : 0;
        sent += taken;
        await Bun.sleep(2);
      }
      expect(sent).toBeLessThan(size);
      start.resolve();
      while (sent < size) {
        const piece = block.subarray(0, Math.min(block.length, size - sent));
        await client.send(piece);
        sent += piece.length;
      }
      expect((await client.response()).body).toBe(String(size));
    },
  },
  {
    name: "says 100 Continue when the body is first read",
    async run(scene) {
      const start = Promise.withResolvers<void>();
      await scene.serve(async (request) => {
        await start.promise;
        return text(await readText(request.body));
      });
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n",
      );
      await Bun.sleep(20);
      expect(client.buffered).toBe("");
      start.resolve();
      expect((await client.response()).status).toBe(100);
      await client.send("abc");
      const response = await client.response();
      expect(response.body).toBe("abc");
      expect(response.header("connection")).toBeUndefined();
    },
  },
  {
    name: "does not say 100 Continue to a client that sends its body unasked",
    async run(scene) {
      await scene.serve(echo);
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc",
      );
      expect((await client.response()).status).toBe(200);
    },
  },
  {
    name: "hands over the body of a GET",
    async run(scene) {
      await scene.serve(echo);
      const client = await scene.sends("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
      expect((await client.response()).body).toBe("hi");
    },
  },
  {
    name: "fails the body of a client that closes its side too early",
    async run(scene) {
      const errors: unknown[] = [];
      await scene.serve(async (request) => {
        await readText(request.body).catch((error: unknown) => errors.push(error));
        return { ...text("short"), status: 400 };
      });
      const client = await scene.sends(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
      );
      client.finish();
      expect((await client.response()).status).toBe(400);
      await client.end();
      expect(errors[0]).toMatchObject({ reason: "client_closed", source: "downstream" });
    },
  },
];
