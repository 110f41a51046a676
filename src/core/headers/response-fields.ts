import type { HeaderList } from "../../ports/exchange.ts";

/** Builds the fields of the client's answer from those of an upstream's. */
export function buildResponseHeaders(_headers: HeaderList): HeaderList {
  throw new Error("not built yet");
}
