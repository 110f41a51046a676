/**
 * Names what the serve engine cannot keep, each with its reason. One table for all who speak of it:
 * the warning of `prox validate`, docs/limitations.md, the contract suite and the differential test.
 */
export const SERVE_ENGINE_LOSSES = {
  "Content-Length of streamed bodies":
    "the runtime sends a body that is not at hand in chunks and drops the length; Prox still checks it, breaks a short body off and cuts a long one, whose connection then stays open",
  "early heads":
    "the runtime holds the head of a streamed answer back until its first byte of body, so an event stream opens with its first event",
  trailers: "the runtime drops them in requests and cannot send them in answers",
  "1xx answers":
    "the runtime sends none but 100 Continue, and that by itself, before anybody wants the body",
  pipelining:
    "the runtime closes the connection when a byte comes while an answer is awaited; an empty line before a request is refused",
  "half-closed clients":
    "the runtime takes a client that closes its direction for one that has gone, and drops the answer",
  "HTTP/1.0 keep-alive":
    "the runtime tells no version and closes after each answer; the log says HTTP/1.1 where there is a Host. A streamed answer that is cut because its HTTP/1.0 client does not read may look complete to it",
  "bodies of GET requests":
    "the runtime reads them off unseen, so a GET or HEAD with a body is refused with 400",
  "raw request targets":
    "the runtime resolves dot segments, turns backslashes, re-encodes characters and drops the host of an absolute target before Prox sees it; OPTIONS * is refused",
  "field order and repeats":
    "the runtime sorts the fields of requests and rearranges those of answers; repeats are joined by commas, Set-Cookie apart",
  "refusals of malformed requests":
    "the runtime answers them itself, without a body, and some methods not at all; they are not in the access log, and fields are counted after repeats are joined",
  "connection caps":
    "the runtime shows no connections: `max_connections` and `max_connections_per_ip` have no effect, and what is counted are exchanges",
  "header deadlines":
    "the runtime gives a first head 12 seconds, later ones the time between requests, and closes without a 408",
  "exact keep-alive times": "the runtime counts whole seconds, 255 at most, some seconds late",
  "closing after early answers":
    "an upload that nobody wants is read off to its end: closing at once would cost the client its answer",
  "bytes in the access log":
    "they count what was read from the runtime or handed to it, which does not tell what has come or left; an answer at hand counts as sent",
  "reason phrases and 205 content":
    "the runtime has its own phrases (HM for codes that it does not know) and sends 205 empty",
  "frame limits": "the runtime hands WebSocket messages out whole",
} as const;

/** Names one thing that the serve engine cannot keep. */
export type ServeEngineLoss = keyof typeof SERVE_ENGINE_LOSSES;
