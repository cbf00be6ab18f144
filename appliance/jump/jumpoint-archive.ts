/** The Jumpoint program, packed for a host that has nothing else of this product. */
export interface JumpointArchive {
  /**
   * A gzipped tar archive with one folder in it. With an enrolment token the folder holds it in a file of its own,
   * readable by its owner only. Fails with `unavailable` when the program was not built.
   */
  build(enrolmentToken?: string): Promise<Buffer>;
}
