using System.Runtime.CompilerServices;

namespace ModelChecking;

/// <summary>
/// The steps of action groups, for one thread. A step is kept as what it changes: some words, the messages in the bag, and what follows
/// from that alone, such as the difference of the fingerprints. So the fingerprint of the state that it reaches is looked up before that
/// state is made.
/// </summary>
internal sealed partial class TransitionCache : IDisposable
{
    private const int _maxKeys = 1 << 18;

    private readonly Specification _specification;
    private readonly PropertyEvaluator _evaluator;
    private readonly Fingerprint _fingerprint;
    private readonly Constraint? _constraint;
    private readonly Bag? _bag;
    private readonly int _words;
    private readonly GroupCache?[] _groups;
    private readonly Successors _recorder;
    private readonly ulong[] _before;
    private readonly ulong[] _asked;
    private readonly bool[] _accessed;
    private readonly ulong[] _full;

    // Within bounds: the most messages in the bag, and the most copies of one.
    private readonly int _maxMessages;
    private readonly int _maxCopies;
    private readonly Rows? _rows;
    private readonly int _rowCount;
    private CachedStep[] _steps = new CachedStep[1024];
    private Change[] _changes = new Change[1024];
    private (int Word, ulong Value)[] _values = new (int, ulong)[1024];
    private ulong[] _messages = new ulong[1024];
    private ulong[] _rowDifferences = new ulong[1024];
    private int[] _indexes = new int[64];
    private int _stepCount;
    private int _valueCount;
    private int _messageCount;
    private int _keys;
    private long _tries;

    /// <summary>An empty cache.</summary>
    /// <param name="specification">The specification.</param>
    /// <param name="evaluator">Evaluates its properties.</param>
    /// <param name="rows">The rows whose steps are kept, if any.</param>
    public TransitionCache(Specification specification, PropertyEvaluator evaluator, Rows? rows = null)
    {
        _specification = specification;
        _evaluator = evaluator;
        _fingerprint = evaluator.Fingerprint;
        _words = specification.Layout.Words;
        _groups = new GroupCache?[specification.Groups.Select(group => group.Number + 1).DefaultIfEmpty().Max()];
        foreach (var group in specification.Groups)
        {
            _groups[group.Number] = new GroupCache(group);
        }

        Bag[] bags = [.. specification.Layout.Parts.OfType<Bag>()];
        _bag = bags.Length == 1 ? bags[0] : null;
        _constraint = bags.Length > 1 || specification.Constraint is { Bags.Count: > 1 } ? null : specification.Constraint;
        (_maxMessages, _maxCopies) = _constraint?.Bags is [var (_, all, each)] ? (all, each) : (int.MaxValue, int.MaxValue);
        _full = new ulong[_maxCopies > 0 && _maxCopies < _maxMessages ? (_bag!.Capacity + 7) & ~7 : 0];
        Array.Fill(_full, ulong.MaxValue);
        _recorder = new Successors(specification.Layout, isRecording: true);
        _before = new ulong[AccessLog.LengthFor(_words)];
        _asked = new ulong[AccessLog.LengthFor(_words)];
        _accessed = new bool[_words];
        (_rows, _rowCount) = (rows, rows?.Count ?? 0);
        _table = rows is null ? null : new RowTable(rows.Count);
    }

    /// <summary>Frees memory outside the managed heap.</summary>
    public void Dispose() => _table?.Dispose();

    /// <summary>How often a group was executed because its steps were not kept.</summary>
    public long Executions { get; private set; }

    /// <summary>The memory used, in bytes.</summary>
    public long Bytes =>
        (_steps.LongLength * (Unsafe.SizeOf<CachedStep>() + Unsafe.SizeOf<Change>()))
        + (_values.LongLength * Unsafe.SizeOf<(int, ulong)>()) + (_messages.LongLength * sizeof(ulong))
        + (_rowDifferences.LongLength * sizeof(ulong)) + _groups.Sum(group => group?.Bytes ?? 0) + (_table?.Bytes ?? 0);

    /// <summary>Finds the steps of a group, or executes it.</summary>
    /// <returns>The steps; <see cref="StepRange.None"/> if they cannot be kept.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public StepRange Find(ActionGroup group, State state, ulong message, int slot)
    {
        if (CacheOf(group) is not { IsOff: false } cache)
        {
            return StepRange.None;
        }

        _tries++;
        return cache.TryFind(state, message, out var steps) ? steps : Record(cache, state, message, slot);
    }

    /// <summary>All steps. Valid until the next call of <see cref="Find"/>.</summary>
    public Span<CachedStep> Steps => _steps.AsSpan(0, _stepCount);

    /// <summary>A step.</summary>
    public ref readonly CachedStep this[int index] => ref _steps[index];

    /// <summary>The indexes of some steps that follow each other. They are taken. Valid until the next call.</summary>
    public ReadOnlySpan<int> TakeRun(int first, int steps)
    {
        if (_indexes.Length < steps)
        {
            _indexes = new int[2 * steps];
        }

        for (var i = 0; i < steps; i++)
        {
            _indexes[i] = first + i;
            _steps[first + i].Taken++;
        }

        return _indexes.AsSpan(0, steps);
    }

    /// <summary>Counts how often each action fired.</summary>
    public void CountSteps()
    {
        _table?.CountSteps(this);
        foreach (ref var step in _steps.AsSpan(0, _stepCount))
        {
            _evaluator.CountFired(step.Action, step.Taken);
            step.Taken = 0;
        }
    }

    /// <summary>How many messages can be added to the bag within bounds, in the state of <see cref="LookAtBag"/>.</summary>
    public int Room { get; private set; }

    /// <summary>
    /// The messages of which that state has as many copies as are within bounds, in blocks of eight. The other places have a value that no
    /// message has.
    /// </summary>
    public ReadOnlySpan<ulong> FullMessages => _full;

    /// <summary>Looks at the bag of the state whose successors are generated next.</summary>
    public void LookAtBag(State state)
    {
        if (_bag is null)
        {
            Room = _maxMessages;
            return;
        }

        var messages = 0;
        var bag = state.Words.Slice(_bag.First, _bag.Capacity);
        for (var i = 0; i < bag.Length; i++)
        {
            var copies = Bag.CopiesIn(bag[i]);
            messages += copies;
            if (_full.Length > 0)
            {
                _full[i] = copies >= _maxCopies ? Bag.MessageIn(bag[i]) : ulong.MaxValue;
            }
        }

        Room = _maxMessages - messages;
    }

    /// <summary>Takes a step.</summary>
    /// <param name="before">The state that it leaves.</param>
    /// <param name="step">The step.</param>
    /// <param name="after">Is set to the state that it reaches.</param>
    public void Take(State before, int step, State after)
    {
        ref readonly var change = ref _changes[step];
        before.Words.CopyTo(after.Words);
        foreach (var (word, value) in _values.AsSpan(change.FirstWord, change.Words))
        {
            after.Words[word] = value;
        }

        foreach (var message in _messages.AsSpan(change.FirstMessage, change.Removed))
        {
            _bag!.Remove(after, message);
        }

        foreach (var message in _messages.AsSpan(change.FirstMessage + change.Removed, change.Added))
        {
            _bag!.Add(after, message);
        }
    }

    /// <summary>Forgets all steps if there are too many. None of them may be in use.</summary>
    public void Trim()
    {
        if (_keys > _maxKeys)
        {
            CountSteps();
            _table?.Clear(this);
            foreach (var group in _groups)
            {
                group?.Clear();
            }

            (_stepCount, _valueCount, _messageCount, _keys) = (0, 0, 0, 0);
        }
    }

    private GroupCache? CacheOf(ActionGroup group)
    {
        var (groups, number) = (_groups, group.Number);
        return (uint)number < (uint)groups.Length && groups[number] is { } cache && cache.Group == group ? cache : null;
    }

    private StepRange Record(GroupCache cache, State state, ulong message, int slot)
    {
        Executions++;
        cache.CountMiss(_tries);
        var before = Execute(cache.Group, state, message, slot);
        var canKeep = IsOfFewMessages();
        var accessed = Accessed(ref canKeep);
        CheckRow(cache.Group, accessed);
        if (!cache.Include(accessed))
        {
            return StepRange.None;
        }

        var steps = new StepRange(_stepCount, -1);
        if (canKeep)
        {
            for (var i = 0; i < _recorder.Count; i++)
            {
                Keep(cache, before, i);
            }

            steps = new StepRange(steps.First, _recorder.Count);
        }

        cache.Add(state, message, steps);
        _keys++;
        return steps;
    }

    // Executes a group and records what it accesses. If there are more steps than there was room for, the group is executed again: a step
    // that was moved to make room may have been accessed at its old place.
    private State Execute(ActionGroup group, State state, ulong message, int slot)
    {
        do
        {
            _recorder.BeginRecording();
            state.Words.CopyTo(_before);
            AccessLog.Clear(_before, _words);
            group.Steps(State.Record(_before, _words), message, slot, _recorder);
        }
        while (_recorder.HasGrown);

        return new State(_before.AsSpan(0, _words));
    }

    private bool IsOfFewMessages()
    {
        for (var i = 0; i < _recorder.Count; i++)
        {
            var messages = AccessLog.Messages(_recorder.RecordOf(i), _words);
            if (messages > AccessLog.MaxMessages || (messages > 0 && _bag is null))
            {
                return false;
            }
        }

        return true;
    }

    // The words that were accessed, other than those of bags. If the group looked at a bag, its steps are not kept.
    private bool[] Accessed(ref bool canKeep)
    {
        for (var word = 0; word < _words; word++)
        {
            _accessed[word] = AccessLog.IsAccessed(_before, _words, word) || _recorder.HasAccessed(word);
        }

        foreach (var bag in _specification.Layout.Parts.OfType<Bag>())
        {
            var words = _accessed.AsSpan(bag.First, bag.Capacity);
            canKeep &= !words.Contains(true);
            words.Clear();
        }

        return _accessed;
    }

    private void Keep(GroupCache cache, State before, int index)
    {
        var after = new State(_recorder.RecordOf(index)[.._words]);
        var action = _recorder.ActionOf(index);
        var difference = 0UL;
        var changesInvariants = false;
        var isBeyondBounds = false;
        var (firstValue, firstMessage) = (_valueCount, _messageCount);
        Span<ulong> rowDifferences = new ulong[_rowCount];
        for (var word = 0; word < _words; word++)
        {
            if (before.Words[word] != after.Words[word] && !IsInBag(word))
            {
                Append(ref _values, ref _valueCount, (word, after.Words[word]));
                var ofWord = _fingerprint.OfWord(word, after.Words[word]) - _fingerprint.OfWord(word, before.Words[word]);
                difference += ofWord;
                _rows?.AddWord(rowDifferences, word, ofWord);
                changesInvariants |= word < _specification.WordsThatInvariantsRead;
                isBeyondBounds |= IsBeyondBounds(word, after);
            }
        }

        var (removed, added) = NetMessages(index);
        foreach (var message in removed)
        {
            Append(ref _messages, ref _messageCount, message);
            difference -= _fingerprint.OfMessage(_bag!.First, message);
            _rows?.AddMessage(rowDifferences, message, 0 - _fingerprint.OfMessage(_bag.First, message));
        }

        foreach (var message in added)
        {
            Append(ref _messages, ref _messageCount, message);
            difference += _fingerprint.OfMessage(_bag!.First, message);
            _rows?.AddMessage(rowDifferences, message, _fingerprint.OfMessage(_bag.First, message));
        }

        changesInvariants |= removed.Count + added.Count > 0 && _bag!.First < _specification.WordsThatInvariantsRead;
        var limitsCopies = _maxCopies < _maxMessages && added.Count > Math.Min(1, _maxCopies);
        var mustCheck = _constraint is null || limitsCopies || !HoldsAlways(cache, index, action);
        var change = new Change(
            firstValue, firstMessage, checked((byte)(_valueCount - firstValue)), (byte)removed.Count, (byte)added.Count);
        var changeCount = _stepCount;
        Append(ref _changes, ref changeCount, change);
        var rowDifferenceCount = _stepCount * _rowCount;
        foreach (var ofRow in rowDifferences)
        {
            Append(ref _rowDifferences, ref rowDifferenceCount, ofRow);
        }

        Append(ref _steps, ref _stepCount, new CachedStep
        {
            Difference = difference,
            Message = added.Count == 1 && _maxCopies < _maxMessages ? added[0] : 0,
            Action = checked((ushort)action),
            Messages = (sbyte)(added.Count - removed.Count),
            ChangesInvariants = changesInvariants,
            MustCheck = mustCheck || isBeyondBounds,
        });
    }

    private bool IsInBag(int word) => _bag?.HasWord(word) == true;

    // Whether a step to a state sets a variable in a word beyond its limit. All others are within theirs, as in the state before.
    private bool IsBeyondBounds(int word, State after)
    {
        foreach (var (variable, max) in _constraint?.Variables ?? [])
        {
            for (var row = 0; row < variable.Rows; row++)
            {
                if (variable.WordOf(row) == word && variable[after, row] > max)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Whether every step from a state with the same key satisfies the action properties: they were evaluated with no more than the key, or
    // are of members that the step does not change.
    private bool HoldsAlways(GroupCache cache, int index, int action)
    {
        var after = _recorder.RecordOf(index);
        foreach (var property in _evaluator.ActionProperties)
        {
            for (var member = 0; member < property.Members; member++)
            {
                if (property.Scalarset is { } members && !ChangesRow(after, members, member))
                {
                    continue;
                }

                AccessLog.Clear(_before, _words);
                AccessLog.Clear(after, _words);
                if (!property.HoldsOf(State.Record(_before, _words), action, State.Record(after, _words), member)
                    || !HasOnlyKey(cache, after))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool ChangesRow(ReadOnlySpan<ulong> after, Scalarset rows, int row)
    {
        foreach (var variable in _specification.Layout.Parts.OfType<Variable>())
        {
            if (variable.RowSet == rows && _before[variable.WordOf(row)] != after[variable.WordOf(row)])
            {
                return true;
            }
        }

        return false;
    }

    private bool HasOnlyKey(GroupCache cache, ReadOnlySpan<ulong> after)
    {
        for (var word = 0; word < _words; word++)
        {
            if ((AccessLog.IsAccessed(_before, _words, word) || AccessLog.IsAccessed(after, _words, word)) && !cache.HasInKey(word))
            {
                return false;
            }
        }

        return true;
    }

    private (List<ulong> Removed, List<ulong> Added) NetMessages(int index)
    {
        var (removed, added) = (new List<ulong>(), new List<ulong>());
        var record = _recorder.RecordOf(index);
        for (var i = 0; i < AccessLog.Messages(record, _words); i++)
        {
            var (_, message, isAdded) = AccessLog.Message(record, _words, i);
            var (same, opposite) = isAdded ? (added, removed) : (removed, added);
            if (!opposite.Remove(message))
            {
                same.Add(message);
            }
        }

        return (removed, added);
    }

    private static void Append<T>(ref T[] array, ref int count, T item)
    {
        if (count == array.Length)
        {
            Array.Resize(ref array, count * 2);
        }

        array[count++] = item;
    }

    /// <summary>Consecutive steps of a group.</summary>
    /// <param name="First">The first.</param>
    /// <param name="Count">Their number; negative if they cannot be kept.</param>
    public readonly record struct StepRange(int First, int Count)
    {
        public static StepRange None => new(0, -1);
    }

    /// <summary>What a step changes.</summary>
    private readonly record struct Change(int FirstWord, int FirstMessage, byte Words, byte Removed, byte Added);
}

/// <summary>What is needed of a step of a group to count and look up the state that it leads to.</summary>
internal struct CachedStep
{
    /// <summary>How often it was taken.</summary>
    public long Taken { get; set; }

    /// <summary>What it adds to the sum of the fingerprint.</summary>
    public ulong Difference { get; init; }

    /// <summary>The message that it adds to the bag, if copies of it are limited; otherwise 0.</summary>
    public ulong Message { get; init; }

    public ushort Action { get; init; }

    /// <summary>The number of messages that it adds to the bag, less those that it removes.</summary>
    public sbyte Messages { get; init; }

    /// <summary>Whether it changes a word that invariants read.</summary>
    public bool ChangesInvariants { get; init; }

    /// <summary>Whether the action properties, and the bounds, must be evaluated for the states before and after it.</summary>
    public bool MustCheck { get; init; }
}
