/**
 * A resource-constrained scheduling problem in flat arrays. Activities are numbers from 0; times and amounts are in whatever
 * unit the caller uses. Nothing of it changes once it is built.
 */
export type Problem = {
  readonly size: number;
  readonly capacity: Float64Array;
  readonly duration: Float64Array;
  /** Who must have ended before each activity, and who waits for it. */
  readonly before: Links;
  readonly after: Links;
  /** What each activity takes while it works; resources of which it takes none are left out, and work of no length takes none. */
  readonly claims: Claims;
  /** Every activity after those it waits for. */
  readonly order: Int32Array;
  /** The longest chain that ends where an activity starts, and the longest that begins where it starts. */
  readonly head: Float64Array;
  readonly tail: Float64Array;
};

/** For activity `i` the activities `to[from[i]]` until before `to[from[i + 1]]`. */
export type Links = { readonly from: Int32Array; readonly to: Int32Array };

/** For activity `i` the amounts `amount[from[i]]` until before `amount[from[i + 1]]` of `resource`. */
export type Claims = {
  readonly from: Int32Array;
  readonly resource: Int32Array;
  readonly amount: Float64Array;
};

/** One piece of work as a caller states it; `demands` by resource, `needs` the numbers of those before it. */
export type Activity = {
  readonly duration: number;
  readonly demands: readonly number[];
  readonly needs: readonly number[];
};

/** Builds a problem. Throws when needs form a cycle, or when an activity asks for more than there is: callers refuse these. */
export function buildProblem(activities: readonly Activity[], capacity: readonly number[]): Problem {
  const size = activities.length;
  const before = linksOf(activities.map(({ needs }) => needs));
  const after = mirrored(before, size);
  const order = orderOf(before, after, size);
  const duration = Float64Array.from(activities, (activity) => activity.duration);
  const claims = claimsOf(activities, capacity);
  const tail = longest(order.toReversed(), after, duration, true);
  return {
    size,
    capacity: Float64Array.from(capacity),
    duration,
    before,
    after,
    claims,
    order,
    head: longest(order, before, duration, false),
    tail,
  };
}

/** The same problem with time running backwards: what fits one way round fits the other. */
export function reversed(problem: Problem): Problem {
  const { size, duration, head, tail } = problem;
  return {
    ...problem,
    before: problem.after,
    after: problem.before,
    order: problem.order.toReversed(),
    head: Float64Array.from({ length: size }, (_, at) => tail[at]! - duration[at]!),
    tail: Float64Array.from({ length: size }, (_, at) => head[at]! + duration[at]!),
  };
}

function linksOf(lists: readonly (readonly number[])[]): Links {
  const from = new Int32Array(lists.length + 1);
  lists.forEach((list, index) => {
    from[index + 1] = from[index]! + list.length;
  });
  return { from, to: Int32Array.from(lists.flat()) };
}

function mirrored({ from, to }: Links, size: number): Links {
  const back = new Int32Array(size + 1);
  for (const target of to) back[target + 1]!++;
  for (let at = 0; at < size; at++) back[at + 1]! += back[at]!;
  const next = back.slice();
  const sources = new Int32Array(to.length);
  for (let at = 0; at < size; at++) {
    for (let link = from[at]!; link < from[at + 1]!; link++) sources[next[to[link]!]!++] = at;
  }
  return { from: back, to: sources };
}

function orderOf(before: Links, after: Links, size: number): Int32Array {
  const missing = Int32Array.from({ length: size }, (_, at) => before.from[at + 1]! - before.from[at]!);
  const order = new Int32Array(size);
  let length = 0;
  for (let at = 0; at < size; at++) if (missing[at] === 0) order[length++] = at;
  for (let head = 0; head < length; head++) {
    const at = order[head]!;
    for (let link = after.from[at]!; link < after.from[at + 1]!; link++) {
      const next = after.to[link]!;
      missing[next]!--;
      if (missing[next] === 0) order[length++] = next;
    }
  }
  if (length < size) throw new Error("scheduling: the needs of the activities form a cycle");
  return order;
}

function claimsOf(activities: readonly Activity[], capacity: readonly number[]): Claims {
  const from = new Int32Array(activities.length + 1);
  const resource: number[] = [];
  const amount: number[] = [];
  activities.forEach(({ demands, duration }, index) => {
    demands.forEach((demand, name) => {
      if (!(demand >= 0 && demand <= capacity[name]!))
        throw new Error(
          `scheduling: activity ${index} asks for ${demand} of ${capacity[name]} of resource ${name}`,
        );
      if (demand === 0 || duration === 0) return;
      resource.push(name);
      amount.push(demand);
    });
    from[index + 1] = resource.length;
  });
  return { from, resource: Int32Array.from(resource), amount: Float64Array.from(amount) };
}

function longest(order: Int32Array, links: Links, duration: Float64Array, own: boolean): Float64Array {
  const length = new Float64Array(duration.length);
  for (const at of order) {
    let most = 0;
    for (let link = links.from[at]!; link < links.from[at + 1]!; link++) {
      const next = links.to[link]!;
      most = Math.max(most, length[next]! + (own ? 0 : duration[next]!));
    }
    length[at] = most + (own ? duration[at]! : 0);
  }
  return length;
}
