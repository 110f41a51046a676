/** A command line that can not be carried out as it stands: reported on stderr, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
