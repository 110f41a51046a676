import { startWireEngine } from "../../support/wire-engine.ts";
import { describeEngine } from "./suite.ts";

describeEngine(
  "wire",
  async (handler, options) => {
    const engine = startWireEngine(handler, options);
    return { port: engine.port, engine };
  },
  {},
);
