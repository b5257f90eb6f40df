using System.Runtime.CompilerServices;

namespace ModelChecking;

/// <summary>Collects the steps out of a state. Each is a copy of the state that the specification then changes.</summary>
public sealed class Successors
{
    private readonly int _width;
    private ulong[] _words;
    private Label[] _labels;

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

    /// <summary>The number of steps.</summary>
    public int Count { get; private set; }

    /// <summary>The state that a step reaches. It is valid until the next step is added.</summary>
    /// <param name="index">The step, from 0.</param>
    public State this[int index] => new(_words.AsSpan(index * _width, _width));

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
        before.Words.CopyTo(after.Words);
        return after;
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
    }

    private State Add(Label label)
    {
        if (Count == _labels.Length)
        {
            Array.Resize(ref _labels, Count * 2);
            Array.Resize(ref _words, Count * 2 * _width);
        }

        if (RecordsGuards)
        {
            if (_guards.Length < _labels.Length * 2)
            {
                Array.Resize(ref _guards, _labels.Length * 2);
            }

            (_guards[Count * 2], _guards[(Count * 2) + 1]) = (_low, _high);
        }

        _labels[Count] = label;
        return this[Count++];
    }

    /// <summary>The label of a step.</summary>
    internal readonly record struct Label(int Action, int First, int Second);
}
