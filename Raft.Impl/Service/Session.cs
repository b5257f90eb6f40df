namespace Raft.Impl.Service;

/// <summary>What is remembered of a client: the answers to the commands that it has not acknowledged.</summary>
/// <param name="name">The session's name: the index of the entry that opened it.</param>
internal sealed class Session(long name)
{
    // By number, so that a snapshot has one form.
    private readonly SortedDictionary<long, ReadOnlyMemory<byte>> _answers = [];

    /// <summary>The session's name.</summary>
    public long Name => name;

    /// <summary>The log time of its last command.</summary>
    public long LastActive { get; set; }

    /// <summary>Commands with lower numbers are acknowledged.</summary>
    public long FirstPending { get; private set; }

    /// <summary>The answers, by the number of the command.</summary>
    public IReadOnlyDictionary<long, ReadOnlyMemory<byte>> Answers => _answers;

    /// <summary>The bytes of the answers.</summary>
    public long AnswerBytes { get; private set; }

    /// <summary>Remembers an answer.</summary>
    public void Keep(long sequence, ReadOnlyMemory<byte> answer)
    {
        _answers.Add(sequence, answer);
        AnswerBytes += answer.Length;
    }

    /// <summary>Forgets the answers that the client has acknowledged. An older acknowledgement changes nothing.</summary>
    public void Acknowledge(long firstPending)
    {
        FirstPending = Math.Max(FirstPending, firstPending);
        while (_answers.Count > 0 && _answers.First() is var (sequence, answer) && sequence < FirstPending)
        {
            _answers.Remove(sequence);
            AnswerBytes -= answer.Length;
        }
    }
}
