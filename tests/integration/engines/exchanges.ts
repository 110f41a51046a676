import fc from "fast-check";

/** One exchange as bytes: what a client sends, and what the upstream says to it. */
export interface GeneratedExchange {
  readonly method: string;
  readonly request: string;
  readonly answer: string;
}

type Fields = readonly (readonly [name: string, value: string])[];

const WORD = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~"), minLength: 1, maxLength: 8 });
const VALUE = fc.oneof(
  WORD,
  fc.constantFrom("a, b", 'W/"x"', "a=b; c", "\xe4\xf6\xfc", "", "gzip;q=0", "(comment) {x}"),
);

const requestFields: fc.Arbitrary<Fields> = fc.array(
  fc.tuple(
    fc.constantFrom(
      ..."x-a x-b X-Mixed-Case accept cookie user-agent if-none-match range authorization".split(
        " ",
      ),
      ..."te forwarded x-forwarded-for via accept-encoding content-type".split(" "),
    ),
    VALUE,
  ),
  { maxLength: 6 },
);

const answerFields: fc.Arbitrary<Fields> = fc.array(
  fc.tuple(
    fc.constantFrom(
      ..."set-cookie x-a X-Mixed-Case vary link www-authenticate cache-control etag".split(" "),
      ..."content-type content-encoding last-modified server location".split(" "),
    ),
    VALUE,
  ),
  { maxLength: 6 },
);

/** `Connection` on either side: it decides what lives on, and must be a list of tokens. */
const CONNECTIONS: readonly Fields[] = [
  [],
  [["connection", "close"]],
  [["Connection", "keep-alive"]],
  [["connection", "x-a, X-Mixed-Case"]],
  [
    ["connection", "x-b"],
    ["connection", "Close"],
  ],
];
const connection = fc.constantFrom([], [], ...CONNECTIONS);

const target = fc
  .tuple(
    fc.constantFrom("/p", "/p", "/p", "/small", "/nowhere", "/gone"),
    fc.array(fc.oneof(WORD, fc.constantFrom("%2Fx", "%20", "a%C3%A4", "@:!$&()*+,;=")), {
      maxLength: 3,
    }),
    fc.constantFrom("", "?", "?x=1&y=%zz", "?a=b?c/d", "?q=%2F+%20"),
  )
  .map(
    ([route, path, query]) =>
      [route, ...path].filter((part) => !/^\.+$/.test(part)).join("/") + query,
  );

const chunks = fc.array(
  fc.oneof(
    WORD,
    fc.integer({ min: 1, max: 30_000 }).map((size) => "x".repeat(size)),
  ),
  { maxLength: 4 },
);

type Framing = "none" | "length" | "chunked";

function framed(framing: Framing, pieces: readonly string[]): string {
  if (framing === "none") return "\r\n";
  const body = pieces.join("");
  if (framing === "length") return `Content-Length: ${body.length}\r\n\r\n${body}`;
  const chunked = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join("");
  return `Transfer-Encoding: chunked\r\n\r\n${chunked}0\r\n\r\n`;
}

const lines = (fields: Fields): string => fields.map(([n, v]) => `${n}: ${v}\r\n`).join("");

/** Valid exchanges that both engines must carry alike. */
export const exchanges: fc.Arbitrary<GeneratedExchange> = fc
  .record({
    method: fc.constantFrom(
      "GET",
      "GET",
      "HEAD",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "OPTIONS",
      "PURGE",
    ),
    target,
    requestFields,
    requestConnection: connection,
    answerConnection: connection,
    requestFraming: fc.constantFrom<Framing>("none", "length", "chunked"),
    requestBody: chunks,
    status: fc.constantFrom(200, 200, 200, 201, 204, 206, 301, 304, 404, 418, 500, 503),
    answerFields,
    answerFraming: fc.constantFrom<Framing>("length", "chunked"),
    answerBody: chunks,
  })
  .map((x) => {
    const { method, status } = x;
    const bodiless = method === "GET" || method === "HEAD";
    const silent = method === "HEAD" || status === 204 || status === 304;
    const upload = framed(bodiless ? "none" : x.requestFraming, x.requestBody);
    const download = silent ? "\r\n" : framed(x.answerFraming, x.answerBody);
    return {
      method,
      request: `${method} ${x.target} HTTP/1.1\r\nHost: prox.test\r\n${lines([...x.requestFields, ...x.requestConnection])}${upload}`,
      answer: `HTTP/1.1 ${status} Some Phrase\r\n${lines([...x.answerFields, ...x.answerConnection])}${download}`,
    };
  });
