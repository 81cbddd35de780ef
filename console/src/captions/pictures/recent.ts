/** A map of the values that were used last; the others are let go. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  constructor(
    private readonly most: number,
    private readonly letGo: (value: Value) => void = () => {},
  ) {}

  getOr(key: string, make: () => Value): Value {
    const value = this.values.get(key) ?? make();
    // A map keeps the order of insertion, so the first key is the one that was used least lately.
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.most) {
      const oldest = this.values.keys().next().value;
      if (oldest !== undefined) this.delete(oldest);
    }
    return value;
  }

  delete(key: string): void {
    const value = this.values.get(key);
    if (value === undefined) return;
    this.values.delete(key);
    this.letGo(value);
  }

  clear(): void {
    for (const key of [...this.values.keys()]) this.delete(key);
  }
}
