using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelChecking;

/// <summary>Collects the steps out of a state. Each is a copy of the state that the specification then changes.</summary>
public sealed class Successors
{
    private readonly int _width;
    private readonly TransitionCache? _cache;
    private ulong[] _words;
    private Label[] _labels;

    // With a cache: the steps in their order, those that were added one by one and those of groups.
    private readonly List<Run> _runs = [];
    private int _inRuns;

    // While accesses are recorded: the number of words of a state, and which of them were accessed in steps that were overwritten.
    private readonly int _recordedWords;
    private readonly bool[] _accessed = [];
    private int _recordedSteps;

    // Of each step, the guards that held: a bit each, in two words. Those that held before the first step are of all steps.
    private ulong[] _guards = [];
    private ulong _low;
    private ulong _high;

    /// <summary>A collection without steps.</summary>
    /// <param name="layout">The layout of the states.</param>
    /// <param name="capacity">For how many steps there is room at first.</param>
    public Successors(StateLayout layout, int capacity = 16)
    {
        ArgumentNullException.ThrowIfNull(layout);
        _width = layout.Words;
        _labels = new Label[capacity];
        _words = new ulong[capacity * _width];
    }

    /// <summary>A collection that takes the steps of groups from a cache.</summary>
    internal Successors(StateLayout layout, TransitionCache? cache)
        : this(layout) => _cache = cache;

    /// <summary>A collection that records what is accessed of its steps.</summary>
    internal Successors(StateLayout layout, bool isRecording)
        : this(layout)
    {
        if (isRecording)
        {
            _recordedWords = layout.Words;
            _width = AccessLog.LengthFor(layout.Words);
            _words = new ulong[_labels.Length * _width];
            _accessed = new bool[layout.Words];
        }
    }

    /// <summary>The number of steps.</summary>
    public int Count { get; private set; }

    /// <summary>The state that a step reaches. It is valid until the next step is added.</summary>
    /// <param name="index">The step, from 0.</param>
    public State this[int index] =>
        _recordedWords == 0
            ? new(_words.AsSpan(index * _width, _width))
            : State.Record(_words.AsSpan(index * _width, _width), _recordedWords);

    /// <summary>
    /// Whether to record the guard that fails (<see cref="FailedGuard"/>) and the guards of each step (<see cref="GuardsOf"/>).
    /// </summary>
    public bool RecordsGuards { get; init; }

    /// <summary>The last guard that did not hold, as the specification has it; null if each held, or guards are not recorded.</summary>
    public string? FailedGuard { get; private set; }

    /// <summary>The number of that guard; -1 if it has none.</summary>
    public int FailedGuardNumber { get; private set; } = -1;

    /// <summary>Evaluates a guard of an action: the action is enabled only if it holds.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="number">Its number, from 0 to 127; -1 if it has none.</param>
    /// <param name="text">Its text. The compiler passes it.</param>
    /// <returns>Whether it holds.</returns>
    public bool Requires(bool guard, int number = -1, [CallerArgumentExpression(nameof(guard))] string text = "")
    {
        if (RecordsGuards)
        {
            Record(guard, number, text);
        }

        return guard;
    }

    /// <summary>Notes that a guard holds which decides what an action does, not whether it is enabled.</summary>
    /// <param name="number">Its number, from 0 to 127.</param>
    public void Note(int number)
    {
        if (RecordsGuards)
        {
            Record(number);
        }
    }

    // Apart, so that the checker, which records nothing, only asks for a flag.
    private void Record(bool guard, int number, string text)
    {
        if (!guard)
        {
            (FailedGuard, FailedGuardNumber) = (text, number);
        }
        else if (number >= 0)
        {
            Record(number);
        }
    }

    private void Record(int number)
    {
        if (Count > 0)
        {
            _guards[((Count - 1) * 2) + (number >> 6)] |= 1UL << number;
        }
        else if (number < 64)
        {
            _low |= 1UL << number;
        }
        else
        {
            _high |= 1UL << number;
        }
    }

    /// <summary>The guards with numbers that held for a step, one bit each, in two words.</summary>
    /// <param name="index">The step, from 0.</param>
    /// <exception cref="InvalidOperationException">Guards are not recorded.</exception>
    public ReadOnlySpan<ulong> GuardsOf(int index) =>
        RecordsGuards ? _guards.AsSpan(index * 2, 2) : throw new InvalidOperationException("Guards are not recorded.");

    /// <summary>Adds an initial state: all zeros, to be filled in.</summary>
    /// <returns>The state. Change it before adding the next one.</returns>
    public State Initial()
    {
        var state = Add(default);
        state.Words.Clear();
        return state;
    }

    /// <summary>Adds a step: a copy of the state that it leaves, to be changed into the one that it reaches.</summary>
    /// <param name="before">The state that it leaves.</param>
    /// <param name="action">The action, by its position in <see cref="Specification.Actions"/>.</param>
    /// <param name="first">An argument of the action, for its description.</param>
    /// <param name="second">Another.</param>
    /// <returns>The copy. Change it before adding the next step.</returns>
    public State Step(State before, int action, int first = 0, int second = 0)
    {
        var after = Add(new Label(action, first, second));
        before.Unrecorded.CopyTo(after.Unrecorded);
        if (_recordedWords != 0)
        {
            AccessLog.Begin(before, after);
        }

        return after;
    }

    /// <summary>Adds the steps of a group of actions that are enabled in a state.</summary>
    /// <param name="group">The group.</param>
    /// <param name="before">The state.</param>
    /// <param name="message">The message that they concern, if any.</param>
    /// <param name="slot">Its slot in its bag, for the labels of the steps.</param>
    public void AddGroup(ActionGroup group, State before, ulong message = 0, int slot = 0)
    {
        ArgumentNullException.ThrowIfNull(group);
        if (RequestsGroups)
        {
            _cache!.Request(group, message, slot);
        }
        else if (_cache?.Find(group, before, message, slot) is not { Count: >= 0 } steps)
        {
            group.Steps(before, message, slot, this);
        }
        else if (steps.Count > 0)
        {
            EndRun();
            _runs.Add(new Run(steps.First, steps.Count, IsCached: true));
        }
    }

    /// <summary>Removes the last step, which turned out not to be enabled.</summary>
    public void Withdraw() => Count--;

    internal Label LabelOf(int index) => _labels[index];

    /// <summary>The action of a step, by its position in <see cref="Specification.Actions"/>.</summary>
    /// <param name="index">The step, from 0.</param>
    public int ActionOf(int index) => _labels[index].Action;

    /// <summary>Removes all steps.</summary>
    public void Clear()
    {
        Count = 0;
        FailedGuard = null;
        FailedGuardNumber = -1;
        (_low, _high) = (0, 0);
        _runs.Clear();
        _inRuns = 0;
    }

    /// <summary>With a cache: whether only to request the steps of groups from it, for one row.</summary>
    internal bool RequestsGroups { get; set; }

    /// <summary>With a cache: all steps.</summary>
    internal ReadOnlySpan<Run> Runs()
    {
        EndRun();
        return CollectionsMarshal.AsSpan(_runs);
    }

    /// <summary>Removes all steps, and forgets what was accessed.</summary>
    internal void BeginRecording()
    {
        Clear();
        Array.Clear(_accessed);
        Array.Clear(_words, 0, _recordedSteps * _width);
        _recordedSteps = 0;
        HasGrown = false;
    }

    /// <summary>Whether steps were moved since the recording began.</summary>
    internal bool HasGrown { get; private set; }

    /// <summary>A step with its <see cref="AccessLog"/>.</summary>
    internal Span<ulong> RecordOf(int index) => _words.AsSpan(index * _width, _width);

    /// <summary>Whether a word of any step was accessed.</summary>
    internal bool HasAccessed(int word)
    {
        var isAccessed = _accessed[word];
        for (var i = 0; i < _recordedSteps && !isAccessed; i++)
        {
            isAccessed = AccessLog.IsAccessed(RecordOf(i), _recordedWords, word);
        }

        return isAccessed;
    }

    private void EndRun()
    {
        if (Count > _inRuns)
        {
            _runs.Add(new Run(_inRuns, Count - _inRuns, IsCached: false));
            _inRuns = Count;
        }
    }

    // A step that was withdrawn is overwritten; what was accessed of it counts.
    private void BeginRecord(int index)
    {
        if (index < _recordedSteps)
        {
            for (var word = 0; word < _recordedWords; word++)
            {
                _accessed[word] |= AccessLog.IsAccessed(RecordOf(index), _recordedWords, word);
            }

            AccessLog.Clear(RecordOf(index), _recordedWords);
        }

        _recordedSteps = Math.Max(_recordedSteps, index + 1);
    }

    private State Add(Label label)
    {
        if (Count == _labels.Length)
        {
            Array.Resize(ref _labels, Count * 2);
            Array.Resize(ref _words, Count * 2 * _width);
            HasGrown = true;
        }

        if (RecordsGuards)
        {
            if (_guards.Length < _labels.Length * 2)
            {
                Array.Resize(ref _guards, _labels.Length * 2);
            }

            (_guards[Count * 2], _guards[(Count * 2) + 1]) = (_low, _high);
        }

        if (_recordedWords != 0)
        {
            BeginRecord(Count);
        }

        _labels[Count] = label;
        return this[Count++];
    }

    /// <summary>Consecutive steps.</summary>
    /// <param name="First">The first: of the cache, or of those that were added one by one.</param>
    /// <param name="Count">Their number.</param>
    /// <param name="IsCached">Whether they are in the cache.</param>
    internal readonly record struct Run(int First, int Count, bool IsCached);

    /// <summary>The label of a step.</summary>
    internal readonly record struct Label(int Action, int First, int Second);
}
