import type { Body } from "../../src/ports/exchange.ts";

/** Reads a body to its end. */
export async function readBody(body: Body): Promise<Uint8Array> {
  if (body === null) return new Uint8Array(0);
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== null; chunk = await body.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads a body to its end, as UTF-8. */
export async function readText(body: Body): Promise<string> {
  return new TextDecoder().decode(await readBody(body));
}
