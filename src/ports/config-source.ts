/** The files that a configuration names; relative paths count from the folder of the configuration file. */
export interface ConfigFiles {
  /** Makes a configured path absolute, without looking at the disk. */
  resolve(path: string): string;
  /** Tells what a path leads to, links followed; null where there is nothing that can be read. */
  kind(path: string): "file" | "directory" | null;
  /** Reads a text file whole; null where it cannot be read. */
  readText(path: string): string | null;
}
