using System.Runtime.CompilerServices;

namespace ModelChecking;

/// <summary>Collects the steps out of a state. Each is a copy of the state that the specification then changes.</summary>
public sealed class Successors
{
    private readonly int _width;
    private ulong[] _words;
    private Label[] _labels;

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

    /// <summary>Whether to record the guard that fails (<see cref="FailedGuard"/>).</summary>
    public bool RecordsGuards { get; set; }

    /// <summary>The last guard that did not hold, as the specification has it; null if each held, or guards are not recorded.</summary>
    public string? FailedGuard { get; private set; }

    /// <summary>Evaluates a guard of an action: the action is enabled only if it holds.</summary>
    /// <param name="guard">The guard.</param>
    /// <param name="text">Its text. The compiler passes it.</param>
    /// <returns>Whether it holds.</returns>
    public bool Requires(bool guard, [CallerArgumentExpression(nameof(guard))] string text = "")
    {
        if (!guard && RecordsGuards)
        {
            FailedGuard = text;
        }

        return guard;
    }

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
    }

    private State Add(Label label)
    {
        if (Count == _labels.Length)
        {
            Array.Resize(ref _labels, Count * 2);
            Array.Resize(ref _words, Count * 2 * _width);
        }

        _labels[Count] = label;
        return this[Count++];
    }

    /// <summary>The label of a step.</summary>
    internal readonly record struct Label(int Action, int First, int Second);
}
