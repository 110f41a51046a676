/**
 * Tells whether an Accept field takes HTML: its most specific range that covers `text/html` decides
 * (RFC 9110, 12.5.1). An empty field takes everything.
 */
export function acceptsHtml(accept: string): boolean {
  if (accept.trim() === "") return true;
  let bestRank = 0;
  let accepted = false;
  for (const element of accept.toLowerCase().split(",")) {
    const [range = "", ...parameters] = element.split(";");
    const rank = SPECIFICITY.get(range.trim()) ?? 0;
    if (rank <= bestRank) continue;
    bestRank = rank;
    accepted = !parameters.some((parameter) => /^\s*q=0(?:\.0*)?\s*$/.test(parameter));
  }
  return accepted;
}

const SPECIFICITY = new Map([
  ["*/*", 1],
  ["text/*", 2],
  ["text/html", 3],
]);
