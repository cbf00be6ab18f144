/** So much per second, and a reserve for bursts. */
export class Allowance {
  private readonly perSecond: number;
  private readonly most: number;
  private left: number;
  private since = performance.now();

  constructor(perSecond: number, most: number) {
    this.perSecond = perSecond;
    this.most = most;
    this.left = most;
  }

  /** False when there is not so much left; then nothing is taken. */
  take(amount: number): boolean {
    this.refill();
    if (amount > this.left) return false;
    this.left -= amount;
    return true;
  }

  /** Takes what cannot be refused any more. Answers how many milliseconds it takes until the debt is paid; 0: none. */
  spend(amount: number): number {
    this.refill();
    this.left -= amount;
    return this.left >= 0 ? 0 : (-this.left / this.perSecond) * 1000;
  }

  private refill(): void {
    const now = performance.now();
    this.left = Math.min(this.most, this.left + ((now - this.since) / 1000) * this.perSecond);
    this.since = now;
  }
}
