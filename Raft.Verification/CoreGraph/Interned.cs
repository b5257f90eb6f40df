namespace Raft.Verification.CoreGraph;

/// <summary>
/// Gives equal values one number, from 1, and keeps the first of them. Thread-safe. Which number a value gets depends on who asks first;
/// how many numbers there are does not.
/// </summary>
internal sealed class Interned<T>
    where T : class
{
    private readonly Dictionary<T, int> _handles = [];
    private T[] _values = new T[1024];

    /// <summary>How many values there are.</summary>
    public int Count
    {
        get
        {
            lock (_handles)
            {
                return _handles.Count;
            }
        }
    }

    /// <summary>The value with a number.</summary>
    public T this[int handle] => Volatile.Read(ref _values)[handle];

    /// <summary>The number of a value.</summary>
    public int Intern(T value)
    {
        lock (_handles)
        {
            if (_handles.TryGetValue(value, out var handle))
            {
                return handle;
            }

            handle = _handles.Count + 1;
            if (handle == _values.Length)
            {
                var longer = new T[_values.Length * 2];
                _values.CopyTo(longer, 0);
                Volatile.Write(ref _values, longer);
            }

            _values[handle] = value;
            _handles.Add(value, handle);
            return handle;
        }
    }
}
