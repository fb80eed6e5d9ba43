// Differences on purpose that no recording shows, since no client was seen to ask so: the rest of the table that
// docs/reference/differences.md is written from. Each row names the test that shows our side.
import type { Difference } from './differences.ts';

export interface UnrecordedDifference
  extends Pick<Difference, 'area' | 'asked' | 'original' | 'ours' | 'why'> {
  /** The name of a test, as it stands in the source. */
  readonly test: string;
}

export const UNRECORDED: readonly UnrecordedDifference[] = [
  {
    area: 'Log-in and tokens',
    asked: '`POST /token` more than 20 times a minute with a wrong key for one name from one address',
    original: '401 each time',
    ours: '429 until a minute has passed; right log-ins are not counted',
    why: 'Guessing keys should take long.',
    test: 'limits failures per identity and address, and nothing else',
  },
  {
    area: 'Log-in and tokens',
    asked: '`POST /token` while hundreds of log-ins from the same address wait for their turn',
    original: 'waits with them',
    ours: '503, which clients repeat',
    why: 'Each costs a quarter of a second of a processor; whoever sends thousands must not hold up the rest.',
    test: 'do not wait without end: beyond some hundreds of one address they are refused for now',
  },
  {
    area: 'The services themselves',
    asked: 'Bodies, lists and texts beyond the limits (docs/operations/running.md)',
    original: 'read in full, whatever they weigh',
    ours: '413 for a body, 422 for a list or text; the answer says the limit',
    why: 'A few kilobytes of gzip can be gigabytes of text.',
    test: 'that unpack to more than the limit are 413, whatever they weigh on the wire',
  },
  {
    area: 'Networks',
    asked: '`GET /networks?name=` with an expression that is large once its repetitions are written out',
    original: '200, after as long as Java takes for it in the database',
    ours: '400',
    why: 'An expression must not hold the service.',
    test: 'a pattern that is written out to thousands of steps is refused',
  },
  {
    area: 'Restart patterns',
    asked: 'A pattern that a network has is added again',
    original: 'the limit is set, and restarts count from zero again',
    ours: 'the limit is set, and the counts stay',
    why: 'Adding again is how a limit is changed; a task that was restarted three times has been.',
    test: 'adding again sets the limit and keeps the counts; so do an action and a reset',
  },
  {
    area: 'Restart patterns',
    asked: 'A pattern with look-around or back references is added',
    original: '200; it is searched by Python',
    ours: '400 that says so; one that another server stored is found nowhere',
    why: "Searching takes time linear in the text here, whatever the pattern; Python's may take for ever.",
    test: 'are refused before they are stored',
  },
  {
    area: 'Restart patterns',
    asked: 'A failure whose traceback is longer than a pattern may be searched in',
    original: 'searched in full',
    ours: 'its end is searched, where Python names the error',
    why: 'As above: one result must not hold the service.',
    test: 'of a huge traceback the end counts, and a costly pattern takes a bounded time',
  },
  {
    area: 'Results',
    asked: 'A failed result from a service that no longer holds the task',
    original: 'the task becomes `error` under the service that runs it now',
    ours: 'kept among the failures; the task and the count of failures stay as they are',
    why: 'The service that holds the task is still at work.',
    test: 'a failure counts once, however often it is pushed, and only against the holder',
  },
  {
    area: 'Claims',
    asked: 'A claim in the name of a service that another identity registered',
    original: 'given tasks',
    ours: 'null, as for a service that is not registered',
    why: 'An id is no secret: it stands in logs.',
    test: 'belong to the identity that registered them',
  },
  {
    area: 'Compute services and managers',
    asked: 'A service registers under an id that another identity registered',
    original: '200',
    ours: '409',
    why: 'Its tasks would change hands.',
    test: 'registering again refreshes the heartbeat; another owner is refused',
  },
  {
    area: 'Compute services and managers',
    asked: 'A report for a manager, or its end, by an identity that did not register it',
    original: '200',
    ours: '400 as for an unknown one; ending it has no effect',
    why: 'An id is no secret.',
    test: 'only the identity that registered a manager reports for it and ends it',
  },
  {
    area: 'Tasks',
    asked: 'Tasks of scopes that the token does not cover, in a list to action or cancel',
    original: 'actioned and cancelled',
    ours: 'null at their places',
    why: 'Every element of a list is checked.',
    test: 'of every task in the list: foreign ones are like missing ones',
  },
  {
    area: 'Tasks',
    asked: 'Tasks are actioned with a weight outside 0 to 1',
    original: 'those before it in the list are on the hub, then 400',
    ours: '400 before anything is written',
    why: 'Nothing is half done.',
    test: 'a weight outside 0 to 1 is refused before anything is written',
  },
];
