/** Returns the JSON Schema of the configuration, for editors and `prox schema`. */
export function configJsonSchema(): object {
  throw new Error("not written yet");
}
