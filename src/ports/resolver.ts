/** Turns host names into addresses. */
export interface Resolver {
  /**
   * Finds all addresses of a host, at once where they are known (IP literals too), never an empty
   * list. Rejects where there are none, or the name server can not be asked.
   */
  resolve(hostname: string): readonly string[] | Promise<readonly string[]>;
}
