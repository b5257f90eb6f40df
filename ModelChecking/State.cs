using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>A state of a specification, packed into 64-bit words as its <see cref="StateLayout"/> defines.</summary>
public readonly ref struct State
{
    private readonly ref ulong _first;

    // 0 while accesses are recorded, so that each of them leaves the fast path.
    private readonly int _length;
    private readonly int _recordedLength;

    /// <summary>A state.</summary>
    /// <param name="words">The words. The state does not own them; its creator defines how long they are valid.</param>
    public State(Span<ulong> words)
    {
        _first = ref MemoryMarshal.GetReference(words);
        _length = words.Length;
    }

    private State(ref ulong first, int recordedLength)
    {
        _first = ref first;
        _recordedLength = recordedLength;
    }

    /// <summary>All words.</summary>
    public Span<ulong> Words
    {
        get
        {
            if (_recordedLength != 0)
            {
                AccessLog.NoteAll(ref _first, _recordedLength);
            }

            return Unrecorded;
        }
    }

    /// <summary>All words, without a record of the access.</summary>
    internal Span<ulong> Unrecorded => MemoryMarshal.CreateSpan(ref _first, _length + _recordedLength);

    internal bool IsRecorded => _recordedLength != 0;

    /// <summary>A word, to be read or written.</summary>
    internal ref ulong this[int word]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)word < (uint)_length)
            {
                return ref Unsafe.Add(ref _first, word);
            }

            return ref Recorded(word);
        }
    }

    /// <summary>A state whose accesses are recorded in an <see cref="AccessLog"/> behind it.</summary>
    /// <param name="buffer">The words and the log.</param>
    /// <param name="words">The number of words.</param>
    internal static State Record(Span<ulong> buffer, int words) => new(ref MemoryMarshal.GetReference(buffer), words);

    /// <summary>Records that a message is added to a bag of the state, or removed from it.</summary>
    /// <param name="bag">The first word of the bag.</param>
    /// <param name="message">The message.</param>
    /// <param name="isAdded">Whether it is added.</param>
    internal void Record(int bag, ulong message, bool isAdded)
    {
        if (_recordedLength != 0)
        {
            AccessLog.NoteMessage(ref _first, _recordedLength, bag, message, isAdded);
        }
    }

    private ref ulong Recorded(int word)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)word, (uint)_recordedLength, nameof(word));
        AccessLog.Note(ref _first, _recordedLength, word);
        return ref Unsafe.Add(ref _first, word);
    }
}

/// <summary>A predicate on states.</summary>
/// <param name="state">The state.</param>
public delegate bool StatePredicate(State state);

/// <summary>A predicate on steps.</summary>
/// <param name="before">The state that it leaves.</param>
/// <param name="action">Its action, by position in <see cref="Specification.Actions"/>.</param>
/// <param name="after">The state that it reaches.</param>
public delegate bool StepPredicate(State before, int action, State after);

/// <summary>A predicate on what a step does to one member of a scalarset.</summary>
/// <param name="before">The state that it leaves.</param>
/// <param name="action">Its action, by position in <see cref="Specification.Actions"/>.</param>
/// <param name="after">The state that it reaches.</param>
/// <param name="member">The member.</param>
public delegate bool MemberStepPredicate(State before, int action, State after, int member);
