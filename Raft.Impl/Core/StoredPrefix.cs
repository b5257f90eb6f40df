namespace Raft.Impl.Core;

/// <summary>
/// The first entries of a log, which only the storage holds. Their terms stay in memory. Entries are read back a page at a time; the last
/// pages are kept, because a follower that lags reads on where it stopped. What others look at keeps no page and replaces none, so that it
/// does not change what the server reads.
/// </summary>
/// <remarks>Positions are those of <see cref="EntryBlocks"/>.</remarks>
internal sealed class StoredPrefix
{
    // The limits of a page. With the default limits, a message of the core is one page.
    private const int _pageLength = 1024;
    private const long _pageBytes = 1 << 20;

    private readonly StoredEntries _source;
    private readonly TermRuns _terms;

    // The index of the entry at position 0.
    private readonly LogIndex _origin;

    // The page that was read last comes first.
    private readonly (long First, EntryList Entries)[] _pages = [(0, EntryList.Empty), (0, EntryList.Empty)];

    /// <summary>The entries that a server leaves in its storage when it starts.</summary>
    public StoredPrefix(StoredEntries source, LogIndex first)
        : this(source, first, TermRuns.Of(source.Terms), source.Count) => _terms.ForgetFrom(first + source.Count);

    private StoredPrefix(StoredEntries source, LogIndex origin, TermRuns terms, long end) =>
        (_source, _origin, _terms, End) = (source, origin, terms, end);

    /// <summary>How many bytes of entries may stay in memory.</summary>
    public long CacheBytes => _source.CacheBytes;

    /// <summary>The position after the last of these entries.</summary>
    public long End { get; private set; }

    /// <summary>The entry at a position. No page is kept.</summary>
    public ref readonly LogEntry At(long position) => ref LookAt(position, 1)[0];

    /// <summary>The term of the entry at a position.</summary>
    public Term TermAt(long position) => _terms.TermAt(_origin + position);

    /// <summary>Entries from a position on, at least one. No page is kept.</summary>
    public ReadOnlySpan<LogEntry> LookAt(long position, int limit = _pageLength)
    {
        foreach (ref readonly var page in _pages.AsSpan())
        {
            if (Holds(page, position))
            {
                return page.Entries.Span[(int)(position - page.First)..];
            }
        }

        return Read(position, limit).Span;
    }

    /// <summary>Entries from a position on, at least one. Their page is kept.</summary>
    public ReadOnlySpan<LogEntry> RunAt(long position)
    {
        if (!Holds(_pages[0], position))
        {
            (_pages[0], _pages[1]) = (Holds(_pages[1], position) ? _pages[1] : (position, Read(position, _pageLength)), _pages[0]);
        }

        return _pages[0].Entries.Span[(int)(position - _pages[0].First)..];
    }

    /// <summary>Adds the entry at a position, which follows the others.</summary>
    public void Add(long position, Term term)
    {
        _terms.Add(_origin + position, term);
        End = position + 1;
    }

    /// <summary>Forgets the entry at a position, and all that follow it.</summary>
    public void ForgetFrom(long position)
    {
        _terms.ForgetFrom(_origin + position);
        End = position;
        _pages.AsSpan().Fill((0, EntryList.Empty));
    }

    /// <summary>Forgets what precedes a position.</summary>
    public void ForgetBefore(long position) => _terms.ForgetBefore(_origin + position);

    /// <summary>The same storage, for a log that begins again at an index.</summary>
    public StoredPrefix BeginAt(LogIndex first) => new(_source, first, new TermRuns(), 0);

    /// <summary>A copy that shares nothing that can change.</summary>
    public StoredPrefix Clone() => new(_source, _origin, _terms.Clone(), End);

    private EntryList Read(long position, int limit)
    {
        var most = (int)Math.Min(End - position, limit);
        var entries = _source.Reader.Read(_origin + position, most, _pageBytes);
        return entries.Count > 0 && entries.Count <= most
            ? entries
            : throw new IOException($"The storage gave {entries.Count} entries from index {_origin + position} on, not 1 to {most}.");
    }

    private static bool Holds((long First, EntryList Entries) page, long position) =>
        (ulong)(position - page.First) < (ulong)page.Entries.Count;
}
