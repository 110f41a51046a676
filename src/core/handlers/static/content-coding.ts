/** A content coding whose precompressed files Prox looks for (RFC 9110, 8.4.1). */
export interface ContentCoding {
  /** As Content-Encoding names it. */
  readonly name: string;
  /** What a precompressed file's name has more than the plain one's. */
  readonly suffix: string;
}

/** By preference: the smallest files first. */
const CODINGS: readonly ContentCoding[] = [
  { name: "br", suffix: ".br" },
  { name: "zstd", suffix: ".zst" },
  { name: "gzip", suffix: ".gz" },
];

/**
 * Lists the codings that a client accepts, best first: by its weights, then by ours. Those that it
 * likes less than the plain file are left out (RFC 9110, 12.5.3).
 */
export function acceptedCodings(acceptEncoding: string): readonly ContentCoding[] {
  const weights = weightsOf(acceptEncoding);
  const weightOf = (name: string): number => weights.get(name) ?? weights.get("*") ?? 0;
  const identity = weights.get("identity") ?? 0;
  return CODINGS.filter(({ name }) => weightOf(name) > 0 && weightOf(name) >= identity).sort(
    (a, b) => weightOf(b.name) - weightOf(a.name),
  );
}

function weightsOf(acceptEncoding: string): Map<string, number> {
  const weights = new Map<string, number>();
  for (const element of acceptEncoding.toLowerCase().split(",")) {
    const semicolon = element.indexOf(";");
    const name = (semicolon < 0 ? element : element.slice(0, semicolon)).trim();
    const weight = semicolon < 0 ? 1 : weightOfParameter(element.slice(semicolon + 1));
    if (name !== "") weights.set(name === "x-gzip" ? "gzip" : name, weight);
  }
  return weights;
}

/** A weight that does not parse counts as 0: a coding is sent only to who surely takes it. */
function weightOfParameter(parameter: string): number {
  const match = /^[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*$/.exec(parameter);
  return match === null ? 0 : Number(match[1]);
}
