/* Words for what is added to a report. */
export { note, Noted, voiceWords } from '@linli/core/model/note'
