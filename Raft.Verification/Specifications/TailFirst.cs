using System.Runtime.CompilerServices;
using Raft.Impl.Core;

namespace Raft.Verification.Specifications;

/// <summary>
/// Looks for a difference between two lists of entries that grow: at each call among the last entries, and among some of the earlier ones
/// in turns. So the time of a call does not depend on the length of the lists. Lists of up to <see cref="Window"/> + <see cref="Turn"/>
/// entries are compared whole at each call; in longer ones, a difference further back is found after as many calls as it takes to compare
/// all entries, <see cref="Turn"/> a call.
/// </summary>
internal struct TailFirst
{
    /// <summary>How many of the last entries are compared at each call.</summary>
    public const int Window = 128;

    /// <summary>How many of the earlier entries are compared at each call.</summary>
    public const int Turn = 64;

    private int _next;

    /// <summary>Whether the first entries of both lists are the same, as far as this call compares them.</summary>
    /// <param name="left">A list.</param>
    /// <param name="right">The entries that it is compared with, at least <paramref name="count"/>.</param>
    /// <param name="count">How many entries both must share.</param>
    public bool AreSame(EntryBlocks left, ReadOnlySpan<LogEntry> right, int count)
    {
        var tail = Math.Max(0, count - Window);
        if (_next >= tail)
        {
            _next = 0;
        }

        var (from, to) = (_next, Math.Min(tail, _next + Turn));
        _next = to;
        return FirstDifference(left, right, from, to) == to && FirstDifference(left, right, tail, count) == count;
    }

    /// <summary>The first position from one on, and before another, at which two lists differ; the latter if there is none.</summary>
    public static int FirstDifference(EntryBlocks left, ReadOnlySpan<LogEntry> right, int from, int to)
    {
        while (from < to)
        {
            var run = left.RunAt(from);
            var end = Math.Min(run.Length, to - from);
            var same = CountSame(run[..end], right.Slice(from, end));
            if (same < end)
            {
                return from + same;
            }

            from += end;
        }

        return to;
    }

    private static int CountSame(ReadOnlySpan<LogEntry> left, ReadOnlySpan<LogEntry> right)
    {
        var i = 0;
        while (i < left.Length && IsSame(in left[i], in right[i]))
        {
            i++;
        }

        return i;
    }

    // Usually both are the same object.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsSame(in LogEntry left, in LogEntry right) =>
        left.Term.Value == right.Term.Value
        && (left.Command.Bytes.Equals(right.Command.Bytes) || left.Command == right.Command);
}
