using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>
/// What is accessed of a state: behind its words, a flag for each of them, the number of messages that are added to its bags or removed
/// from them, and these.
/// </summary>
internal static class AccessLog
{
    /// <summary>The most messages that a step of a group may add and remove, to be kept for later states.</summary>
    public const int MaxMessages = 8;

    private const ulong _added = 1UL << 63;

    /// <summary>The length of a state with its log.</summary>
    public static int LengthFor(int words) => (2 * words) + 1 + (2 * MaxMessages);

    /// <summary>Empties the log of a state.</summary>
    public static void Clear(Span<ulong> buffer, int words) => buffer[words..LengthFor(words)].Clear();

    /// <summary>Whether a word was accessed.</summary>
    public static bool IsAccessed(ReadOnlySpan<ulong> buffer, int words, int word) => buffer[words + word] != 0;

    /// <summary>The number of messages, which may be more than there is room for.</summary>
    public static int Messages(ReadOnlySpan<ulong> buffer, int words) => (int)buffer[2 * words];

    /// <summary>A message that was added or removed.</summary>
    public static (int Bag, ulong Message, bool IsAdded) Message(ReadOnlySpan<ulong> buffer, int words, int index)
    {
        var (bag, message) = ((int)buffer[(2 * words) + 1 + (2 * index)], buffer[(2 * words) + 2 + (2 * index)]);
        return (bag, message & ~_added, (message & _added) != 0);
    }

    /// <summary>Begins the log of a state that begins as a copy of another one: what happened to its messages is the same.</summary>
    public static void Begin(State from, State to)
    {
        if (!from.IsRecorded)
        {
            // It is unknown where its words are from.
            _ = to.Words;
            return;
        }

        var words = from.Unrecorded.Length;
        var length = LengthFor(words) - (2 * words);
        var log = MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetReference(from.Unrecorded), 2 * words), length);
        log.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref MemoryMarshal.GetReference(to.Unrecorded), 2 * words), length));
    }

    internal static void Note(ref ulong first, int words, int word) => Unsafe.Add(ref first, words + word) = 1;

    internal static void NoteAll(ref ulong first, int words)
    {
        for (var word = 0; word < words; word++)
        {
            Note(ref first, words, word);
        }
    }

    internal static void NoteMessage(ref ulong first, int words, int bag, ulong message, bool isAdded)
    {
        ref var count = ref Unsafe.Add(ref first, 2 * words);
        if (count < MaxMessages)
        {
            ref var place = ref Unsafe.Add(ref first, (2 * words) + 1 + (2 * (int)count));
            place = (ulong)bag;
            Unsafe.Add(ref place, 1) = isAdded ? message | _added : message;
        }

        count++;
    }
}
