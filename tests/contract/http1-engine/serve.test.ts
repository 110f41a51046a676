import type { ServeEngineLoss } from "../../../src/config/serve-engine-losses.ts";
import { startServeEngine } from "../../support/serve-engine.ts";
import { describeEngine } from "./suite.ts";

/** The cases that Bun.serve cannot keep, by the name under which users are told. */
const EXCEPTIONS: Readonly<Record<string, ServeEngineLoss>> = {
  "hands over method, raw target, authority, and fields in order with repeats":
    "raw request targets",
  "takes the path out of an absolute target": "raw request targets",
  "refuses a request line that is none with 400 and closes": "refusals of malformed requests",
  "refuses a space before a colon with 400 and closes": "refusals of malformed requests",
  "refuses a missing Host with 400 and closes": "refusals of malformed requests",
  "refuses Content-Length beside Transfer-Encoding with 400 and closes":
    "refusals of malformed requests",
  "refuses an unknown HTTP version with 505 and closes": "refusals of malformed requests",
  "refuses many fields with 431 and closes": "refusals of malformed requests",
  "keeps an HTTP/1.0 connection that asks for it, and says so": "HTTP/1.0 keep-alive",
  "ends a body of unknown length by closing for HTTP/1.0": "HTTP/1.0 keep-alive",
  "sends no interim answer to HTTP/1.0 and none after the final one": "HTTP/1.0 keep-alive",
  "begins a pipelined request only when the answer before it has left": "pipelining",
  "stops reading when too much is pipelined, and goes on later": "pipelining",
  "ignores an empty line before a request": "pipelining",
  "answers a client that closed its side after the request": "half-closed clients",
  "fails the body of a client that closes its side too early": "half-closed clients",
  "decodes a chunked body with extensions and trailers": "trailers",
  "streams a body of unknown length in chunks, with its trailers": "trailers",
  "fails a body whose chunks are broken, and closes": "refusals of malformed requests",
  "says 100 Continue when the body is first read": "1xx answers",
  "does not say 100 Continue to a client that sends its body unasked": "1xx answers",
  "answers instead of 100 Continue, then closes": "1xx answers",
  "passes interim answers on before the final one": "1xx answers",
  "hands over the body of a GET": "bodies of GET requests",
  "delivers an early answer to a client that goes on sending, then closes":
    "closing after early answers",
  "stops waiting for an upload that it will not use": "closing after early answers",
  "streams an answer while the upload is still coming": "early heads",
  "sends the head at once when the body is not at hand": "early heads",
  "sends a body at hand with its length, the fields in order, and a date":
    "field order and repeats",
  "streams a body of known length with Content-Length": "Content-Length of streamed bodies",
  "cuts a body that goes on after its length, and closes": "Content-Length of streamed bodies",
  "answers 408 when a head does not come whole in time": "header deadlines",
  "does not let a slow head live on by dripping bytes": "header deadlines",
  "closes a connection that never sends a byte, without a word": "header deadlines",
  "limits the head of a later request from its first byte on": "header deadlines",
  "cuts a client that takes nothing of its answer": "bytes in the access log",
  "refuses connections over the cap with 503, and serves again below it": "connection caps",
  "refuses connections over the cap of one address": "connection caps",
};

/** The runtime's clock looks at idle connections every few seconds, whenever they began to be idle. */
const UNSTEADY: Readonly<Record<string, ServeEngineLoss>> = {
  "closes an idle connection after its keep-alive time, without a word": "exact keep-alive times",
};

describeEngine(
  "serve",
  async (handler, options) => {
    const engine = startServeEngine(handler, options);
    return { port: engine.port, engine };
  },
  EXCEPTIONS,
  UNSTEADY,
);
