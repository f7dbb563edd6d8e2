    fn entry(file: &str) -> JournalEntry {
        JournalEntry {
            file: file.to_string(),
            deleted: None,
        }
    }

    #[test]
    fn checkpoint_keeps_what_came_after_the_mark() {
        let tmp = std::env::temp_dir().join("codegraph_journal_checkpoint");
        let _ = fs::remove_dir_all(&tmp);
        let dir = || tmp.to_str().unwrap().to_string();

        append_journal_entries_and_stamp_header(dir(), vec![entry("src/read.ts")], 1000.0).unwrap();
        let position = mark_journal(dir()).unwrap();
        assert!(position.is_some());
        append_journal_entries_and_stamp_header(dir(), vec![entry("src/late.ts")], 2000.0).unwrap();
        checkpoint_journal(dir(), position, 3000.0).unwrap();
        assert!(!read_journal(&dir()).valid);

        append_journal_entries_and_stamp_header(dir(), vec![], 4000.0).unwrap();
        let result = read_journal(&dir());
        assert_eq!(
            (result.timestamp, result.changed),
            (4000.0, vec!["src/late.ts".to_string()])
        );

        let _ = fs::remove_dir_all(&tmp);
    }

    #[test]
    fn checkpoint_stamps_a_journal_that_keeps_nothing() {
        let tmp = std::env::temp_dir().join("codegraph_journal_checkpoint_stamps");
        let _ = fs::remove_dir_all(&tmp);
        let dir = || tmp.to_str().unwrap().to_string();

        assert_eq!(mark_journal(dir()).unwrap(), None);
        append_journal_entries_and_stamp_header(dir(), vec![entry("src/read.ts")], 1000.0).unwrap();
        let position = mark_journal(dir()).unwrap();
        checkpoint_journal(dir(), position, 2000.0).unwrap();
        let result = read_journal(&dir());
        assert_eq!((result.timestamp, result.changed), (2000.0, vec![]));

        let _ = fs::remove_dir_all(&tmp);
    }
