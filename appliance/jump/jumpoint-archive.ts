/** The Jumpoint program, packed for a host that has nothing else of this product. */
export interface JumpointArchive {
  fileName: string;
  /** A gzipped tar archive. */
  archive: Buffer;
}

/**
 * Packs the program, with an enrolment token in a file of its own when one is given. Fails with `unavailable` when the
 * program has not been built.
 */
export type JumpointArchiver = (enrolmentToken?: string) => Promise<JumpointArchive>;
