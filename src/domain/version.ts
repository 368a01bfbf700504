/** The version of this build, as package.json says it; goes into recipes and into the first message between processes. */
import { version } from '../../package.json';

export const VERSION: string = version;
