/** Sessions made on first use and released together. */
import type { Session } from '../runtime/session';

/** A session that is made when it is first needed: text→image never loads the image encoder. */
export type LazySession = () => Promise<Session>;

export class SessionPool {
  readonly #made: Promise<Session>[] = [];

  /** The session, made once; a failed attempt is forgotten, so that the next call tries again. */
  lazy(create: () => Promise<Session>): LazySession {
    let session: Promise<Session> | undefined;
    return () => {
      if (session !== undefined) return session;
      const attempt = create();
      session = attempt;
      this.#made.push(attempt);
      attempt.catch(() => {
        session = undefined;
      });
      return attempt;
    };
  }

  async release(): Promise<void> {
    const made = this.#made.splice(0);
    for (const result of await Promise.allSettled(made)) {
      if (result.status === 'fulfilled') await result.value.release();
    }
  }
}
