import { useState } from 'react';

/** The mail composer: a subject, a text and one button. */
export function App() {
  const [subject, setSubject] = useState('');
  return (
    <form className="card">
      <label>
        Subject
        <input value={subject} onChange={(event) => setSubject(event.target.value)} />
      </label>
      <button type="submit" disabled={subject === ''}>
        {/* a paper plane, white outline */}
        Send
      </button>
      <img src="assets/empty-inbox.svg" alt="an empty inbox tray, grey" />
    </form>
  );
}
