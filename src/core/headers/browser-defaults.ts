import type { HeaderList } from "../../ports/exchange.ts";

/** Fills in what a browser would send, in place, where it is missing. */
export function addBrowserDefaults(_headers: HeaderList): void {
  throw new Error("not built yet");
}
