namespace ModelChecking;

/// <summary>Collects the steps out of a state. Each is a copy of the state that the specification then changes.</summary>
public sealed class Successors
{
    private readonly int _width;
    private ulong[] _words;
    private Label[] _labels = new Label[16];

    internal Successors(StateLayout layout)
    {
        _width = layout.Words;
        _words = new ulong[_labels.Length * _width];
    }

    internal int Count { get; private set; }

    internal State this[int index] => new(_words.AsSpan(index * _width, _width));

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

    internal int ActionOf(int index) => _labels[index].Action;

    internal void Clear() => Count = 0;

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
