// The page Now.
import { watchFeed } from "./feed.js";
import { watchRates } from "./rates.js";

watchFeed();
watchRates();
