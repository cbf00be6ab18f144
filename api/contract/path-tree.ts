interface Branch<T> {
  fixed: Map<string, Branch<T>>;
  parameter: Branch<T> | undefined;
  /** Set where a template ends. */
  leaf: { names: string[]; value: T } | undefined;
}

export interface PathMatch<T> {
  value: T;
  /** Raw (still percent-encoded) values of the template's parameters. */
  parameters: Record<string, string>;
}

/**
 * Path templates such as `/jump-group/{id}` as a tree of segments: finding one costs as much as the path has
 * segments, however many templates there are. A fixed segment wins over a parameter.
 */
export class PathTree<T> {
  readonly #root: Branch<T> = newBranch();

  /** The value at this template, made by `make` when it is new. */
  at(template: string, make: () => T): T {
    let branch = this.#root;
    const names: string[] = [];
    for (const segment of segmentsOf(template)) {
      if (segment.startsWith('{') && segment.endsWith('}')) {
        names.push(segment.slice(1, -1));
        branch.parameter ??= newBranch();
        branch = branch.parameter;
      } else {
        let next = branch.fixed.get(segment);
        if (next === undefined) {
          next = newBranch();
          branch.fixed.set(segment, next);
        }
        branch = next;
      }
    }
    branch.leaf ??= { names, value: make() };
    return branch.leaf.value;
  }

  find(path: string): PathMatch<T> | undefined {
    const values: string[] = [];
    const leaf = descend(this.#root, segmentsOf(path), 0, values);
    if (leaf === undefined) return undefined;
    const parameters: Record<string, string> = {};
    for (const [index, name] of leaf.names.entries()) parameters[name] = values[index] ?? '';
    return { value: leaf.value, parameters };
  }
}

function newBranch<T>(): Branch<T> {
  return { fixed: new Map(), parameter: undefined, leaf: undefined };
}

/** One slash at the end is forgiven. */
function segmentsOf(path: string): string[] {
  const segments = path.split('/');
  segments.shift();
  if (segments.at(-1) === '') segments.pop();
  return segments;
}

function descend<T>(
  branch: Branch<T>,
  segments: string[],
  depth: number,
  values: string[],
): Branch<T>['leaf'] {
  const segment = segments[depth];
  if (segment === undefined) return branch.leaf;
  const fixed = branch.fixed.get(segment);
  if (fixed !== undefined) {
    const found = descend(fixed, segments, depth + 1, values);
    if (found !== undefined) return found;
  }
  if (branch.parameter === undefined || segment === '') return undefined;
  values.push(segment);
  const found = descend(branch.parameter, segments, depth + 1, values);
  if (found === undefined) values.pop();
  return found;
}
