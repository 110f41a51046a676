/** Micro-benchmarks of the hot path: `bun run bench:micro`, or one of `scripts/bench-micro/` alone. */
import { run } from "mitata";
import { benchCodec } from "./bench-micro/codec.ts";
import { benchHeaders } from "./bench-micro/headers.ts";
import { benchRouting } from "./bench-micro/routing.ts";

benchCodec();
benchHeaders();
benchRouting();
await run();
