/** A network that takes LoRAs: sessions without and with room for low-rank additions, made when they are first needed. */
import type { TextForm } from '../families/family';
import type { LoraMix } from '../lora/mix-loras';
import type { LoraSlots } from '../networks/lora-slots';
import type { Session } from '../runtime/session';
import type { Tensor } from '../tensors/tensor';
import type { LazySession } from '../runtime/session-pool';

/**
 * LoRA matrices are inputs of the graph instead of being merged into its weights. On the built-in model, rank 8 on all attention
 * projections, a step takes a tenth longer; in return a slider's new position costs milliseconds instead of a new session, and the
 * weights of a large model stay mapped where they lie instead of being copied (3.4 GB for SD1.5). bench/lora.bench.ts measures it.
 * A text encoder may be built in several forms, and each is another graph, and so another session.
 */
export class AdaptableNetwork {
  /** By the form and the layers that have room, the least recently used first. */
  readonly #sessions = new Map<string, Promise<Session>>();

  /** `keep` sessions stay; the memory of one must be worth not making it again. */
  constructor(
    private readonly create: (slots: LoraSlots, form: Partial<TextForm>) => Promise<Session>,
    private readonly keep: number,
  ) {}

  /** The session for a mix; it has the mix's matrices already. To be run by one job at a time: another mix may end it. */
  with({ slots, feeds }: LoraMix, form: Partial<TextForm> = {}): LazySession {
    if (slots.size === 0) return () => this.#session(slots, form);
    return async () => fed(await this.#session(slots, form), feeds);
  }

  async release(): Promise<void> {
    await this.#releaseAllBut(0);
  }

  #session(slots: LoraSlots, form: Partial<TextForm>): Promise<Session> {
    const { skip = 0, vectors = false } = form;
    const key = [skip, vectors, ...slots.keys()].join('\n');
    const known = this.#sessions.get(key);
    this.#sessions.delete(key);
    // Room is made first: two sessions of a large model may not fit into memory together.
    const session = known ?? this.#releaseAllBut(this.keep - 1).then(() => this.create(slots, form));
    this.#sessions.set(key, session);
    // A failed attempt is forgotten, so that the next call tries again.
    session.catch(() => this.#sessions.delete(key));
    return session;
  }

  async #releaseAllBut(count: number): Promise<void> {
    for (const [key, session] of [...this.#sessions].slice(0, Math.max(this.#sessions.size - count, 0))) {
      this.#sessions.delete(key);
      await (await session.catch(() => undefined))?.release();
    }
  }
}

/** The session with some of its inputs given already; what it has no input for, as of a layer that is left out, is not given. */
export function fed(session: Session, given: Readonly<Record<string, Tensor>>): Session {
  const inputs = new Set(session.graph.inputs.map(({ name }) => name));
  const matrices = Object.fromEntries(Object.entries(given).filter(([name]) => inputs.has(name)));
  return {
    graph: session.graph,
    device: session.device,
    run: (feeds) => session.run({ ...feeds, ...matrices }),
    release: () => session.release(),
  };
}
