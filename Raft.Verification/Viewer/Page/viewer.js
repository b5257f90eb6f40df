'use strict';
// Connects the parts: filters, steps, keys and clicks.

const scroll = document.getElementById('scroll');
const lanesHead = document.getElementById('lanes');
const space = document.getElementById('space');
const live = document.getElementById('live');
const legend = document.getElementById('legend');
const overscan = 260; // pixels drawn above and below the window, so that most scrolling draws nothing
let drawn = { top: 0, bottom: -1, left: 0 };
let waiting = false;

function describeTrace() {
  const { violation } = trace;
  document.getElementById('title').textContent = trace.scenario;
  document.getElementById('origin').textContent = layout.origin;
  const box = document.getElementById('violation');
  box.hidden = false;
  box.innerHTML = `<p><span class="name">${esc(violation.property)}</span> is violated at step ${violation.step}</p>`
    + `<p class="message">${esc(violation.message)}</p>`
    + `<p class="says">The property: ${esc(layout.property.sentence)} <span class="quiet">${esc(layout.property.place)}</span></p>`;
}

// Filters.

function fillFilters() {
  const chip = (kind, value, words, pressed) =>
    `<button type="button" aria-pressed="${pressed}" data-${kind}="${value}">${words}</button>`;
  const button = (go, words, label, title) =>
    `<button type="button" data-go="${go}" aria-label="${label}" title="${title}">${words}</button>`;
  const group = (label, words, chips) =>
    `<div class="group" role="group" aria-label="${label}"><span>${words}</span>${chips.join('')}</div>`;
  const quiet = rows.filter(row => row.isQuiet).length;
  const topicChips = topics.map(([topic, words]) => chip('topic', topic, words, view.topics.has(topic)));
  document.getElementById('filters').innerHTML =
    group('Servers', 'Servers', points.slice(1).map((_, i) => chip('server', i + 1, `S${i + 1}`, view.servers.has(i + 1))))
    + group('Kinds of events', 'Show', [...topicChips, quiet === 0 ? '' : chip('quiet', 1, `Quiet steps (${quiet})`, view.quiet)])
    + '<div class="group steps">'
    + button('first', '⇤', 'First row', 'First row (Home)') + button('back', '← Back', 'Step back', 'Step back (↑ or k)')
    + button('forth', 'Step →', 'Step forth', 'Step forth (↓ or j)') + button('last', '⇥', 'Last row', 'Last row (End)')
    + '<button type="button" class="violate" data-go="violation" title="Go to the violation (v)">Violation</button></div>';
}

function filter(change) {
  change();
  applyFilters();
  fillFilters();
  layOut();
  goTo(nearestShown(view.row), { keep: true });
}

const toggle = (set, value) => set.has(value) ? set.size > 1 && set.delete(value) : set.add(value);

function showAll() {
  view.servers = new Set(Array.from({ length: servers }, (_, i) => i + 1));
  view.topics = new Set(topics.map(([topic]) => topic));
}

function clickFilter(happened) {
  const { server, topic, quiet, go } = happened.target.closest('button')?.dataset ?? {};
  const alone = happened.detail === 2 || happened.ctrlKey || happened.altKey;
  if (server !== undefined) {
    filter(() => { alone ? view.servers = new Set([Number(server)]) : toggle(view.servers, Number(server)); });
  } else if (topic !== undefined) {
    filter(() => { alone ? view.topics = new Set([topic]) : toggle(view.topics, topic); });
  } else if (quiet !== undefined) {
    filter(() => { view.quiet = !view.quiet; });
  } else if (go !== undefined) {
    keys[{ first: 'Home', back: 'k', forth: 'j', last: 'End', violation: 'v' }[go]]();
    return;
  }
  const selector = server !== undefined ? `[data-server="${server}"]` : topic !== undefined ? `[data-topic="${topic}"]` : '[data-quiet]';
  document.querySelector(`#filters ${selector}`)?.focus();
}

// Steps.

function goTo(row, { keep = false } = {}) {
  if (rows.length === 0) {
    return;
  }
  view.row = row;
  if (!keep) {
    view.server = null;
  }
  reveal();
  redraw();
  fillLanesHead();
  fillPanel();
  const { step, first, count } = rows[row];
  const texts = events.slice(first, first + count).map(one => one.text);
  live.textContent = `Step ${step}${row === violationRow ? ', the violation' : ''}: ${texts.join('; ')}`;
}

const stepTo = place => goTo(view.shown[Math.min(Math.max(place, 0), view.shown.length - 1)]);
const stepBy = by => stepTo(Math.ceil(view.place[view.row]) + by);
const goToViolation = () => violationRow >= 0 && goTo(violationRow);

function stepOnLane(by) {
  const server = view.server ?? rows[view.row].changes[0]?.server;
  let place = view.place[view.row] + by;
  const acts = row => rows[row].changes.some(change => change.server === server);
  while (place > 0 && place < view.shown.length - 1 && !acts(view.shown[place])) {
    place += by;
  }
  stepTo(place);
}

function stepOnCause(by) {
  let place = view.place[view.row] + by;
  while (place >= 0 && place < view.shown.length) {
    const row = view.shown[place];
    if (rows[row].isCause || row === violationRow) {
      goTo(row);
      return;
    }
    place += by;
  }
}

// Scrolls the current row into the window, with some rows around it.
function reveal() {
  const y = yOf(view.row);
  const height = scroll.clientHeight - lanesHead.offsetHeight;
  const margin = Math.min(90, height / 4);
  const extra = view.row === violationRow ? callout : 0;
  if (y - margin < scroll.scrollTop) {
    scroll.scrollTop = y - margin;
  } else if (y + margin + extra > scroll.scrollTop + height) {
    scroll.scrollTop = y + margin + extra - height;
  }
  const server = view.server ?? rows[view.row].changes[0]?.server;
  const x = geometry.xs[server];
  if (view.servers.has(server) && (x - 60 < scroll.scrollLeft || x + 60 > scroll.scrollLeft + scroll.clientWidth)) {
    scroll.scrollLeft = x - scroll.clientWidth / 2;
  }
}

function chooseArrow(number) {
  view.arrow = number;
  redraw();
  fillPanel();
}

function chooseNextMessage() {
  const here = arrowsOf[view.row].filter(number => showsArrow(arrows[number]));
  if (here.length > 0) {
    chooseArrow(here[(here.indexOf(view.arrow) + 1) % here.length]);
    live.textContent = nameOf(arrows[view.arrow]);
  }
}

function goToOtherEnd() {
  const arrow = arrows[view.arrow];
  const other = arrow === undefined ? undefined : view.row === arrow.end ? arrow.sent : arrow.end;
  if (other !== undefined) {
    goTo(other);
  }
}

// Drawing.

function layOut() {
  overview.style.width = `${overviewWidth()}px`;
  arrange(scroll.clientWidth);
  space.style.height = `${heightOf()}px`;
  space.style.width = `${geometry.width}px`;
  lanesHead.style.width = `${geometry.width}px`;
  drawn.bottom = -1;
  drawOverview();
}

function redraw() {
  const top = Math.max(0, scroll.scrollTop - overscan);
  const bottom = Math.min(heightOf(), scroll.scrollTop + scroll.clientHeight + overscan);
  drawn = { top, bottom, left: scroll.scrollLeft };
  svg.setAttribute('width', geometry.width);
  svg.setAttribute('height', bottom - top);
  svg.setAttribute('viewBox', `0 ${top} ${geometry.width} ${bottom - top}`);
  svg.style.top = `${top}px`;
  svg.classList.toggle('choosing', view.arrow !== null);
  svg.innerHTML = draw(top, bottom, scroll.scrollLeft);
  moveOverview();
}

function scrolled() {
  waiting = false;
  moveOverview();
  const top = scroll.scrollTop;
  const bottom = Math.min(heightOf(), top + scroll.clientHeight);
  if (top < drawn.top || bottom > drawn.bottom || scroll.scrollLeft !== drawn.left) {
    redraw();
  }
}

function fillLanesHead() {
  const heads = [...view.servers].map(server => {
    const { isDown, state } = serverAt(server, view.row);
    const isStalled = faultSpans.some(span => span.kind === 'stalled' && span.groups[0][0] === server
      && span.from <= view.row && view.row < (span.until ?? rows.length));
    const words = (state === undefined ? (isDown ? 'down' : '') : `${state.role}, term ${state.term}`)
      + (isStalled ? ', disk stalled' : '');
    const isSubject = subjects.servers.includes(server) ? ' class="subject"' : '';
    return `<div${isSubject} style="left:${geometry.xs[server]}px">S${server}<small>${esc(words)}</small></div>`;
  });
  lanesHead.innerHTML = `<div class="gutter">step</div>${heads.join('')}`;
}

// Themes.

const themes = ['auto', 'light', 'dark'];
const prefersDark = window.matchMedia('(prefers-color-scheme: dark)');
let theme = 'auto';

function setTheme(next) {
  theme = next;
  document.documentElement.classList.toggle('dark', theme === 'dark' || (theme === 'auto' && prefersDark.matches));
  document.getElementById('theme').textContent = `Theme: ${theme}`;
  try {
    localStorage.setItem('raft-verify.theme', theme);
  } catch {
    // A file may have no storage. Then the page forgets the theme.
  }
  if (rows.length > 0) {
    drawOverview();
  }
}

const nextTheme = () => {
  setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]);
};

// Keys and clicks.

const keys = {
  ArrowDown: () => stepBy(1), ArrowRight: () => stepBy(1), j: () => stepBy(1),
  ArrowUp: () => stepBy(-1), ArrowLeft: () => stepBy(-1), k: () => stepBy(-1),
  J: () => stepOnLane(1), K: () => stepOnLane(-1),
  PageDown: () => stepBy(Math.max(1, Math.floor(scroll.clientHeight / rowHeight) - 3)),
  PageUp: () => stepBy(-Math.max(1, Math.floor(scroll.clientHeight / rowHeight) - 3)),
  Home: () => stepTo(0), End: () => stepTo(view.shown.length - 1),
  v: goToViolation, w: () => stepOnCause(-1), W: () => stepOnCause(1),
  m: chooseNextMessage, Enter: goToOtherEnd, Escape: () => { view.server = null; chooseArrow(null); },
  a: () => filter(showAll), t: nextTheme, '?': () => legend.showModal(),
};

document.addEventListener('keydown', happened => {
  // Buttons and the panel keep their own keys.
  const isElsewhere = happened.target.closest('#panel, dialog') !== null
    && ['PageDown', 'PageUp', 'ArrowLeft', 'ArrowRight', 'Enter', 'Home', 'End'].includes(happened.key);
  const isOfButton = happened.key === 'Enter' && happened.target.closest('button');
  if (happened.ctrlKey || happened.metaKey || happened.altKey || legend.open || isElsewhere || isOfButton) {
    return;
  }
  const key = (happened.shiftKey ? { ArrowDown: 'J', ArrowUp: 'K' }[happened.key] : undefined) ?? happened.key;
  if (rows.length === 0 && key !== 't' && key !== '?') {
    return;
  }
  const isServer = /^[1-9]$/.test(key) && Number(key) <= servers;
  const act = isServer ? () => filter(() => toggle(view.servers, Number(key))) : keys[key];
  if (act !== undefined) {
    happened.preventDefault();
    act();
  }
});

svg.addEventListener('click', happened => {
  const target = happened.target.closest('[data-arrow], [data-server], [data-row]');
  if (target === null) {
    return;
  }
  const { arrow, server, row } = target.dataset;
  if (arrow !== undefined) {
    const chosen = arrows[Number(arrow)];
    view.arrow = Number(arrow);
    // The reader looks at the end nearer to the click.
    const ends = [chosen.sent, chosen.end].filter(one => one !== undefined && view.shown.includes(one));
    const y = happened.clientY - space.getBoundingClientRect().top;
    ends.sort((a, b) => Math.abs(yOf(a) - y) - Math.abs(yOf(b) - y));
    goTo(ends[0] ?? view.row);
  } else {
    view.server = server === undefined ? null : Number(server);
    view.arrow = null;
    goTo(Number(row), { keep: true });
  }
});

panel.addEventListener('click', happened => {
  const { arrow, row, clear } = happened.target.closest('button')?.dataset ?? {};
  if (arrow !== undefined) {
    chooseArrow(Number(arrow));
  } else if (row !== undefined) {
    goTo(Number(row));
  } else if (clear !== undefined) {
    chooseArrow(null);
  }
});

document.getElementById('filters').addEventListener('click', clickFilter);
document.getElementById('theme').addEventListener('click', nextTheme);
document.getElementById('help').addEventListener('click', () => legend.showModal());
prefersDark.addEventListener('change', () => setTheme(theme));
scroll.addEventListener('scroll', () => {
  if (!waiting) {
    waiting = true;
    requestAnimationFrame(scrolled);
  }
}, { passive: true });
window.addEventListener('resize', () => {
  if (rows.length > 0) {
    layOut();
    reveal();
    redraw();
    fillLanesHead();
  }
});

function fillLegend() {
  const term = 2;
  const { hue } = colourOf(term);
  const picture = (inside, width = 110, height = 30) =>
    `<svg width="${width}" height="${height}" viewBox="0 ${15 - height / 2} ${width} ${height}" aria-hidden="true">${inside}</svg>`;
  const lanePicture = (role, durableTerm) => {
    const state = { role, term, durableTerm };
    const { laneWidth, dashes } = styleOf(role);
    const look = `stroke="${hue}" stroke-width="${laneWidth}" stroke-dasharray="${dashes ?? 'none'}"`;
    return picture(`<line x1="20" x2="20" y1="-7" y2="37" ${look}/>` + node(20, 15, state), 110, 44);
  };
  const entry = (x, y, ofTerm, state) => cell(x, y, 17, ofTerm, 1, { durableIndex: 0, commitIndex: 0, applied: 0, ...state });
  const cells = state => picture(entry(4, 13, term, state));
  const arrow = (kind, end) => picture(`<g class="message ${kind}"><path class="way" d="M6 8L80 22" stroke="${hue}"/>${end}</g>`);
  const head = `<path transform="translate(82 22) rotate(11)" d="${shapes.head}" style="fill:${hue}"/>`;
  const swatches = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((one, i) => entry(4 + i * 17, 15, one, { durableIndex: 1 })).join('');
  document.getElementById('signs').innerHTML = [
    [lanePicture('Follower', term), 'a follower: thin lane, circle'],
    [lanePicture('Candidate', 1), 'a candidate: dashed lane, diamond; hollow until its term and vote are on disk'],
    [lanePicture('Leader', term), 'a leader: thick lane, square'],
    [picture(patterns() + swatches, 165),
      'terms, each with a colour; after eight terms the colours repeat, with a corner cut off, and a light core in the lane'],
    [cells({}), 'an entry of the log, with its term: in memory only'],
    [cells({ durableIndex: 1 }), 'on disk'],
    [cells({ durableIndex: 1, commitIndex: 1 }), 'one line below: committed, as far as this server knows'],
    [cells({ durableIndex: 1, commitIndex: 1, applied: 1 }), 'two lines below: applied'],
    [arrow('', head), 'a message, in the colour of its term; left of its tip its content (AppendEntries: the entries, '
      + '<code>command@term</code>, and after which <code>index@term</code>; ↷ it overtook an older message)'],
    [arrow('lost', `<path class="cross" transform="translate(82 22)" d="${shapes.cross}"/>`), 'a message that is lost'],
    [arrow('copy', head), 'a copy that the network made (2×)'],
    [picture('<rect x="4" y="1" width="34" height="28" fill="url(#hatch)"/>'),
      'the server is down; a narrow bar beside a lane: its disk is stalled, or the connection from it (right) or to it (left) is cut'],
    [picture('<path d="M4 1h40v28h-40Z" fill="var(--side-a)"/><path d="M50 1h40v28h-40Z" fill="var(--side-b)"/>'),
      'the network is partitioned: lanes of one colour reach each other'],
    [picture('<circle class="subject" cx="20" cy="15" r="12"/><circle class="cause" cx="60" cy="15" r="4"/>'),
      'a subject of the violation; a dot beside the step numbers: this row made what the violation names'],
  ].map(([drawing, words]) => `<tr><td>${drawing}</td><td>${words}</td></tr>`).join('');
}

function begin() {
  let stored = 'auto';
  try {
    stored = localStorage.getItem('raft-verify.theme') ?? 'auto';
  } catch {
    // As above.
  }
  applyFilters();
  setTheme(themes.includes(stored) ? stored : 'auto');
  describeTrace();
  fillFilters();
  fillLegend();
  if (rows.length === 0) {
    const nothing = document.getElementById('nothing');
    nothing.hidden = false;
    nothing.textContent = 'This trace has no events: there is nothing to draw but the violation above.';
    document.getElementById('filters').hidden = true;
    return;
  }
  layOut();
  goTo(violationRow >= 0 ? violationRow : 0);
  scroll.focus({ preventScroll: true });
}

begin();
