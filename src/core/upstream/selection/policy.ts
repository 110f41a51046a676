/** Chooses among the targets of a route, which are known by their index. */
export interface SelectionPolicy {
  /**
   * Picks a target; -1 where there are none. `exclude` is one that has just failed: it is picked only
   * where there is no other.
   */
  pick(exclude?: number): number;
}
